// Shows what needs a passkey only where the browser knows them, and says so when it did not work out.
let heard = false;

function listen() {
  if (heard) return;
  heard = true;
  document.addEventListener("allauth.error", (event) => {
    const words = document.querySelector("template[data-passkey-failed]");
    const place = document.getElementById("notices");
    if (!words || !place) return;
    event.preventDefault();
    place.replaceChildren(words.content.cloneNode(true));
    place.scrollIntoView({ block: "nearest" });
  });
}

export default function passkey(element) {
  listen();
  element.hidden = !window.PublicKeyCredential;
}
