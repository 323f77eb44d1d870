// Passkeys: a form with data-passkey="get" asks the device for one, "create" has it make one; then the form is sent.
"use strict";
(() => {
  if (!window.PublicKeyCredential || !navigator.credentials) return;

  const octets = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  const ask = (kind, options) => {
    options.challenge = octets(options.challenge);
    if (options.user) options.user.id = octets(options.user.id);
    for (const known of [...(options.allowCredentials || []), ...(options.excludeCredentials || [])]) {
      known.id = octets(known.id);
    }
    return navigator.credentials[kind]({ publicKey: options });
  };

  const answer = (credential) => {
    const given = credential.response;
    const response = { clientDataJSON: text(given.clientDataJSON) };
    for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (given[name]) response[name] = text(given[name]);
    }
    if (given.getTransports) response.transports = given.getTransports();
    return JSON.stringify({
      id: credential.id,
      rawId: text(credential.rawId),
      type: credential.type,
      response,
      clientExtensionResults: {},
    });
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const problem = form.querySelector("[role=alert]");
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      problem.hidden = true;
      try {
        const credential = await ask(form.dataset.passkey, JSON.parse(form.dataset.options));
        form.elements.namedItem("credential").value = answer(credential);
      } catch {
        problem.hidden = false;
        return;
      }
      form.submit();
    });
  }
})();
