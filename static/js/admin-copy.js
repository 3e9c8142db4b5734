// Pages of administration that show something to be copied.
import copy from "./copy.js";

for (const button of document.querySelectorAll("[data-copies]")) copy(button);
