// Where somebody was in a list: the ticket that they opened from it last. Only the list's path and the ticket's number, for
// this tab; signing out forgets it, see left.js.
const KEY = "place";

export function keepPlace(path, number) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify({ ...places(), [path]: number }));
  } catch {
    // without storage a list begins at its top
  }
}

export const placeIn = (path) => places()[path];

function places() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "{}");
  } catch {
    return {};
  }
}
