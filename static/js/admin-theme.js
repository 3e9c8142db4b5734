// Unfold remembers light or dark by itself; here the profile's choice, which the page carries, comes first.
// A plain script in the head: it must run before Alpine starts.
localStorage.setItem("adminTheme", JSON.stringify(document.documentElement.className || "auto"));
