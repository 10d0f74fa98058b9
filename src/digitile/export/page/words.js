// Every word of the page, in English and Chinese, and the choice between them.

import { BLANK, NO_DIGITS } from "./numbers/page.js";

const WORDS = {
  title: ["digitile – read handwritten digits", "digitile – 识别手写数字"],
  skip: ["Skip to the content", "跳到正文"],
  other: ["中文", "English"],
  heading: ["Write digits, or show a photo of some", "写几个数字，或给一张照片"],
  paper: ["Paper to write on with mouse, pen or finger", "书写区：可用鼠标、手写笔或手指书写"],
  photo: ["The picture that was read", "所识别的图片"],
  hint: ["Write here", "在这里写"],
  undo: ["Undo", "撤销"],
  clear: ["Clear", "清除"],
  choose: ["Choose a picture", "选择图片"],
  photograph: ["Take a photo", "拍照"],
  ways: ["You can also drop a picture here, or paste one (Ctrl+V).", "也可以把图片拖到这里，或者粘贴（Ctrl+V）。"],
  privacy: [
    "Everything happens in this browser: no picture leaves your device.",
    "一切都在此浏览器中完成：图片不会离开你的设备。",
  ],

  result: ["What was read", "识别结果"],
  loading: ["Loading the reader: 15 MB, the first time …", "正在加载识别器：首次约 15 MB……"],
  waiting: ["Ready. Nothing yet.", "已就绪，还没有内容。"],
  reading: ["Reading …", "识别中……"],
  said: ["Read: {0}", "读作：{0}"],
  none: ["No digits: {0}", "没有数字：{0}"],
  blank: ["nothing stands out from the paper", "纸上看不出任何笔迹"],
  no_digits: ["what is there does not look like digits", "纸上的内容不像数字"],
  sure: ["{0} sure", "把握 {0}"],
  accepted: ["accepted", "接受"],
  rejected: ["not sure enough", "把握不足"],
  unmeasured: ["not measured on lines like this", "未在此类行上测量过"],
  or_text: ["or {0} ({1})", "或 {0}（{1}）"],
  about: [
    "digitile reads handwritten digits with a small convolutional network. On your computer, the command digitile reads folders of pictures, forms and tables, too.",
    "digitile 用一个小型卷积网络识别手写数字。在你的电脑上，digitile 命令还能识别整个文件夹的图片、表单和表格。",
  ],

  e_shown: [
    "This browser cannot show this kind of picture. Use a PNG or JPEG.",
    "此浏览器无法显示这种图片，请用 PNG 或 JPEG。",
  ],
  e_failed: ["The reader does not work in this browser: {0}", "识别器无法在此浏览器中运行：{0}"],
};

const LANGUAGES = ["en", "zh-Hans"];
const REASONS = { [BLANK]: "blank", [NO_DIGITS]: "no_digits" };

let place = remembered() ?? (navigator.language.startsWith("zh") ? 1 : 0);

/** The language that was chosen before; some browsers keep nothing. */
function remembered() {
  try {
    const index = LANGUAGES.indexOf(localStorage.getItem("language"));
    return index < 0 ? null : index;
  } catch {
    return null;
  }
}

function remember() {
  try {
    localStorage.setItem("language", LANGUAGES[place]);
  } catch {
    // it is chosen anew next time
  }
}

/** The words for a key, with {0}, {1}, … replaced. */
export function say(key, ...values) {
  return WORDS[key][place].replace(/\{(\d)\}/g, (_, i) => values[i]);
}

/** Why there are no digits. */
export const sayReason = (reason) => say(REASONS[reason]);

/** A share as per cent, with as many digits as tell something. */
export function percent(share) {
  const value = 100 * share;
  return `${value > 99.95 || value < 0.05 ? value.toFixed(0) : value.toFixed(1)} %`;
}

/** Put the words into the page, now and whenever the language is changed. */
export function speak(onChange) {
  const button = document.getElementById("language");
  const fill = () => {
    document.documentElement.lang = LANGUAGES[place];
    button.lang = LANGUAGES[1 - place];
    for (const element of document.querySelectorAll("[data-say]")) element.textContent = say(element.dataset.say);
    for (const element of document.querySelectorAll("[data-label]")) {
      element.setAttribute("aria-label", say(element.dataset.label));
    }
    onChange();
  };
  button.addEventListener("click", () => {
    place = 1 - place;
    remember();
    fill();
  });
  fill();
}
