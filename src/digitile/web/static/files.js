// Picture files that the user chooses, drops or pastes.

import { get } from "./dom.js";

/** Call `take` with the files that come in by the inputs of these ids, by drop or by paste. */
export function receiveFiles(ids, take) {
  const offer = (files) => files?.length && take([...files]);
  for (const id of ids) {
    get(id).addEventListener("change", ({ target }) => {
      offer(target.files);
      target.value = "";
    });
  }
  document.addEventListener("paste", (event) => offer(event.clipboardData?.files));
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    offer(event.dataTransfer.files);
  });
}

/** Return one of the pictures to try, as a file. Throws TypeError where the server is away. */
export async function samplePicture(name) {
  const content = await (await fetch(`/static/examples/${name}`)).blob();
  return new File([content], name, { type: content.type });
}
