"use strict";
for (const command of document.querySelectorAll(".command")) {
  const text = command.querySelector("code").textContent;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "copy";
  button.title = "copy this command";
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      getSelection().selectAllChildren(command.querySelector("code"));
      document.execCommand("copy");
    }
    button.textContent = "copied";
    setTimeout(() => { button.textContent = "copy"; }, 2000);
  });
  command.append(button);
}
