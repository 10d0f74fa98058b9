// Every word of the pages, in English and Chinese, and the choice between them.

const WORDS = {
  skip: ["Skip to the content", "跳到正文"],
  nav: ["Pages", "页面"],
  nav_read: ["Read", "识别"],
  nav_train: ["Train", "训练"],
  other: ["中文", "English"],

  read_page: ["digitile – read digits", "digitile – 识别手写数字"],
  read_title: ["Write digits, or show a photo of some", "写几个数字，或给一张照片"],
  paper: ["Paper to write on with mouse, pen or finger", "书写区：可用鼠标、手写笔或手指书写"],
  hint: ["Write here", "在这里写"],
  undo: ["Undo", "撤销"],
  clear: ["Clear", "清除"],
  choose: ["Choose a picture", "选择图片"],
  photograph: ["Take a photo", "拍照"],
  ways: ["You can also drop a picture here, or paste one (Ctrl+V).", "也可以把图片拖到这里，或者粘贴（Ctrl+V）。"],
  privacy: ["Pictures go to this digitile server only; it does not keep them.", "图片只发给这台 digitile 服务器，不会被保存。"],
  photo_alt: ["The picture that was read", "所识别的图片"],
  options: ["Options", "选项"],
  field: ["Rule for the text", "文本规则"],
  field_help: ["For example length=8, amount or date=DMY. Empty for none.", "例如 length=8、amount 或 date=DMY；留空表示没有规则。"],
  max_error: ["Wrong among accepted, at most", "接受的结果中允许的错误率"],
  any_error: ["no bound", "不限"],

  result: ["What was read", "识别结果"],
  waiting: ["Nothing yet.", "还没有内容。"],
  reading: ["Reading …", "识别中……"],
  said: ["Read: {0}", "读作：{0}"],
  none: ["No digits: {0}", "没有数字：{0}"],
  sure: ["{0} sure", "把握 {0}"],
  accepted: ["accepted", "接受"],
  rejected: ["not sure enough", "把握不足"],
  unmeasured: ["not measured on lines like this", "未在此类行上测量过"],
  value: ["Value: {0}", "值：{0}"],
  note: ["The value may be {0}", "可能的值：{0}"],
  repaired: ["The rule changed {0} to this.", "按规则由 {0} 改成。"],
  or_text: ["or {0} ({1})", "或 {0}（{1}）"],
  was: ["read as {0}", "原读作 {0}"],
  digit_label: ["Digit {0}, {1} sure. Show what the network sees.", "数字 {0}，把握 {1}。查看网络所见。"],
  cells: ["Cells of the grid", "表格中的各格"],
  click_digit: ["Choose a digit to see what the network sees, or to correct it.", "点选一个数字，可以查看网络所见，也可以更正。"],

  look_title: ["What the network sees: “{0}”", "网络所见：“{0}”"],
  patch: ["The picture at the network's scale, contrast evened; dashed: what lost", "网络尺度下的图片，对比度已均衡；虚线框为落选者"],
  scores: ["How likely it is", "各种可能"],
  class_point: ["point", "句点"],
  class_comma: ["comma", "逗号"],
  class_dash: ["dash", "短横"],
  class_slash: ["slash", "斜线"],
  class_none: ["nothing", "无"],
  rivals: ["What lost against it", "落选者"],
  no_rivals: ["Nothing else was seen in its place.", "此处没有看到别的。"],
  maps: ["Where the network sees which sign (red: likely)", "网络在何处看到何种符号（越红越可能）"],
  map_of: ["How likely each place is the middle of: {0}", "各处为其中心的可能：{0}"],
  really: ["Is it wrong? Say what it really is:", "认错了？它其实是："],
  is_really: ["It is really {0}", "其实是 {0}"],
  close: ["Close", "关闭"],
  kept: ["Kept as an example of {0}.", "已存为 {0} 的样本。"],
  examples: ["Your labelled examples", "你标注的样本"],
  examples_help: [
    "Digits cut out of your pictures, one folder for each: digitile adapt learns from them.",
    "从你的图片中截出的数字，每类一个文件夹；digitile adapt 可以用它们来学习。",
  ],
  count: ["{0} kept in this browser", "此浏览器中存有 {0} 个"],
  example_alt: ["An example of {0}", "{0} 的样本"],
  download: ["Download (zip)", "下载（zip）"],
  forget: ["Delete all", "全部删除"],

  e_picture: ["This picture could not be read.", "无法读取这张图片。"],
  e_shown: ["This browser cannot show this kind of picture. Use a PNG or JPEG.", "此浏览器无法显示这种图片，请用 PNG 或 JPEG。"],
  e_large: ["The picture is too large.", "图片太大。"],
  e_busy: ["The server is busy. Try again soon.", "服务器正忙，请稍后再试。"],
  e_away: ["The server cannot be reached. Is digitile serve running?", "连不上服务器。digitile serve 还在运行吗？"],
  e_other: ["That did not work.", "未能完成。"],

  train_page: ["digitile – watch a training", "digitile – 观看训练"],
  train_title: ["Watch a network learn", "看网络学习"],
  recipe: ["Recipe", "配方"],
  data: ["Pictures", "图片"],
  data_digits: ["digits: 1,442 pictures, seconds", "digits：1,442 张，几秒钟"],
  data_mnist: ["MNIST: 60,000 pictures", "MNIST：60,000 张"],
  data_cifar10: ["CIFAR-10: 50,000 pictures", "CIFAR-10：50,000 张"],
  start: ["Start", "开始"],
  stop: ["Stop", "停止"],
  network: ["Network:", "网络："],
  plan: ["{0} parameters; {1} epochs, batches of {2}, learning rate {3}", "{0} 个参数；{1} 轮，每批 {2} 张，学习率 {3}"],
  about: ["What the paper claims, and what was chosen", "论文的结论与本项目的选择（英文）"],
  progress: ["Progress of the training", "训练进度"],
  idle: ["No training yet.", "还没有训练。"],
  preparing: ["{0} on {1}: getting ready. The first time, code is compiled: half a minute.", "{0}，{1}：准备中。第一次要编译代码，约半分钟。"],
  running: ["{0} on {1}: epoch {2}, iteration {3} of {4}", "{0}，{1}：第 {2} 轮，第 {3} 步，共 {4} 步"],
  done: ["{0} on {1} is done: {2} of {3} test pictures are right.", "{0}，{1} 训练完成：{3} 张测试图片中正确 {2}。"],
  stopped: ["{0} on {1} was stopped.", "{0}，{1} 已停止。"],
  failed: ["{0} on {1} failed: {2}", "{0}，{1} 失败：{2}"],
  loss: ["Loss", "损失"],
  accuracy: ["Accuracy", "正确率"],
  of_training: ["training", "训练"],
  of_validation: ["validation", "验证"],
  iteration: ["iteration", "步数"],
  loss_now: ["Loss, smoothed: {0}", "损失（平滑）：{0}"],
  accuracy_now: ["Right in the latest batches: {0}", "最近几批的正确率：{0}"],
  kernels: ["Kernels of the first convolution (red above zero, blue below)", "第一层卷积核（红为正，蓝为负）"],
  no_kernels: ["This network has no convolution.", "这个网络没有卷积层。"],
  get_model: ["Download the model", "下载模型"],
};

// Why there are no digits, in the words of the reader.
const REASONS = {
  "nothing stands out from the paper": "纸上看不出任何笔迹",
  "what is there does not look like digits": "纸上的内容不像数字",
};

let place = ["en", "zh"].indexOf(remembered() ?? (navigator.language.startsWith("zh") ? "zh" : "en"));
const listeners = [];

function remembered() {
  const kept = localStorage.getItem("language");
  return kept === "en" || kept === "zh" ? kept : null;
}

/** The words for a key, with {0}, {1}, … replaced. */
export function say(key, ...values) {
  return WORDS[key][place].replace(/\{(\d)\}/g, (_, i) => values[i]);
}

/** What a class of the network is called. */
export function sayClass(name) {
  return name.length > 1 ? say(`class_${name}`) : name;
}

/** Why there are no digits. */
export function sayReason(reason) {
  return (place === 1 && REASONS[reason]) || reason;
}

/** A share as per cent, with as many digits as tell something. */
export function percent(share) {
  const value = 100 * share;
  return `${value > 99.95 || value < 0.05 ? value.toFixed(0) : value.toFixed(1)} %`;
}

/** Put the words into the page, now and whenever the language is changed. */
export function speak(onChange = () => {}) {
  listeners.push(onChange);
  document.getElementById("language").addEventListener("click", () => {
    place = 1 - place;
    localStorage.setItem("language", ["en", "zh"][place]);
    fill();
  });
  fill();
}

function fill() {
  document.documentElement.lang = ["en", "zh-Hans"][place];
  for (const element of document.querySelectorAll("[data-say]")) {
    element.textContent = say(element.dataset.say);
  }
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", say(element.dataset.label));
  }
  for (const element of document.querySelectorAll("[data-alt]")) {
    element.alt = say(element.dataset.alt);
  }
  document.getElementById("language").lang = ["zh-Hans", "en"][place];
  listeners.forEach((listener) => listener());
}

/** What went wrong with a request, in the reader's language, and the server's own words. */
export async function complaint(response) {
  const key = { 413: "e_large", 422: "e_picture", 503: "e_busy" }[response.status] ?? "e_other";
  const body = await response.json().catch(() => ({}));
  return [say(key), body.error].filter(Boolean).join(" ");
}
