// Starts the worker that answers when there is no connection. Without it the portal works as well, only not offline.
export default function install(page) {
  if (!window.isSecureContext || !navigator.serviceWorker) return;
  navigator.serviceWorker.register(page.dataset.install).catch(() => {});
}
