"""What of a page one would have to scroll sideways for, by name, so that a failed test says where to look."""

from playwright.sync_api import Page

FIND = """() => {
  if (document.documentElement.scrollWidth <= window.innerWidth) return [];
  const outside = new Set(["the page scrolls sideways"]);
  const note = (element, box) => {
    if (box.width && box.right > window.innerWidth + 1) outside.add(`${element.localName}.${element.className}`);
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const range = document.createRange();
    range.selectNodeContents(texts.currentNode);
    note(texts.currentNode.parentElement, range.getBoundingClientRect());
  }
  for (const element of document.querySelectorAll("body *")) {
    if (!element.textContent.trim()) note(element, element.getBoundingClientRect());
  }
  return [...outside];
}"""


def outside(page: Page) -> list[str]:
    found: list[str] = page.evaluate(FIND)
    return found
