// Every word of the pages, in English and Chinese, and the choice between them.

import { recall, remember } from "./store.js";

const WORDS = {
  skip: ["Skip to the content", "跳到正文"],
  nav: ["Pages", "页面"],
  nav_read: ["Read", "识别"],
  nav_train: ["Train", "训练"],
  nav_forms: ["Forms", "表单"],
  other: ["中文", "English"],

  read_page: ["digitile – read digits", "digitile – 识别手写数字"],
  read_title: ["Write digits, or show a photo of some", "写几个数字，或给一张照片"],
  paper: ["Paper to write on with mouse, pen or finger", "书写区：可用鼠标、手写笔或手指书写"],
  hint: ["Write here", "在这里写"],
  undo: ["Undo", "撤销"],
  clear: ["Clear", "清除"],
  turn: ["Turn 90°", "旋转 90°"],
  choose: ["Choose pictures", "选择图片"],
  photograph: ["Take a photo", "拍照"],
  ways: ["You can also drop pictures here, or paste one (Ctrl+V).", "也可以把图片拖到这里，或者粘贴（Ctrl+V）。"],
  privacy: ["Pictures go to this digitile server only; it does not keep them.", "图片只发给这台 digitile 服务器，不会被保存。"],
  pictures: ["Pictures", "图片"],
  page_of: ["{0}, page {1}", "{0}，第 {1} 页"],
  samples: ["Or try one of these", "或者试试这些例子"],
  sample_lines: ["Ruled lines", "横格纸"],
  sample_boxes: ["Boxes", "方格"],
  sample_chalk: ["Chalk", "粉笔"],
  sample_amount: ["Squared paper", "方格纸"],
  sample_phone: ["Phone number", "电话号码"],
  sample_date: ["Date", "日期"],
  photo_alt: ["The picture that was read", "所识别的图片"],
  options: ["Options", "选项"],
  field: ["Rule for the text", "文本规则"],
  field_help: ["For example length=8, amount or date=DMY. Empty for none.", "例如 length=8、amount 或 date=DMY；留空表示没有规则。"],
  max_error: ["Wrong among accepted, at most", "接受的结果中允许的错误率"],
  any_error: ["no bound", "不限"],

  result: ["What was read", "识别结果"],
  waiting: ["Nothing yet.", "还没有内容。"],
  reading: ["Reading …", "识别中……"],
  reading_some: ["Reading picture {0} of {1} …", "正在识别第 {0} 张，共 {1} 张……"],
  said: ["Read: {0}", "读作：{0}"],
  none: ["No digits: {0}", "没有数字：{0}"],
  sure: ["{0} sure", "把握 {0}"],
  accepted: ["accepted", "接受"],
  rejected: ["not sure enough, please check", "把握不足，请核对"],
  only_sure: ["{0} likely", "可能性 {0}"],
  guess: ["a guess", "仅为猜测"],
  by_hand: ["corrected by hand", "已人工更正"],
  copy_text: ["Copy text", "复制文本"],
  copy_csv: ["Copy as CSV", "复制为 CSV"],
  copied: ["Copied.", "已复制。"],
  not_copied: ["The browser does not allow copying here.", "浏览器不允许在此复制。"],
  unmeasured: ["not measured on lines like this", "未在此类行上测量过"],
  value: ["Value: {0}", "值：{0}"],
  note: ["The value may be {0}", "可能的值：{0}"],
  repaired: ["The rule changed {0} to this.", "按规则由 {0} 改成。"],
  or_text: ["or {0} ({1})", "或 {0}（{1}）"],
  was: ["read as {0}", "原读作 {0}"],
  added: ["added", "新增"],
  removed: ["removed", "已移除"],
  digit_label: ["Digit {0}, {1} sure. Look at it or correct it.", "数字 {0}，把握 {1}。查看或更正。"],
  digit_corrected: ["Digit {0}, corrected. Look at it or correct it.", "数字 {0}，已更正。查看或更正。"],
  digit_removed: ["Digit {0}, removed. Look at it or put it back.", "数字 {0}，已移除。查看或恢复。"],
  digit_new: ["New digit. Say what it is.", "新数字，请指出是几。"],
  cells: ["Cells of the grid", "表格中的各格"],
  click_digit: ["Choose a digit to correct it, or to see what the network sees.", "点选一个数字，可以更正，也可以查看网络所见。"],
  add: ["Add a digit that was missed", "添加漏掉的数字"],
  frame: ["Draw a box round the digit.", "在图上框出这个数字。"],
  frame_keys: [
    "Or move the frame with the arrow keys, resize it with Shift, and press Enter; Escape ends.",
    "也可以用方向键移动方框，按住 Shift 改变大小，按回车确定，按 Esc 取消。",
  ],

  look_title: ["The digit “{0}”", "数字“{0}”"],
  removed_title: ["The digit “{0}”, removed", "数字“{0}”，已移除"],
  remove: ["This is no digit: remove it", "不是数字，移除"],
  put_back: ["Put it back", "恢复"],
  part: ["Take it apart again", "重新拆开"],
  join: ["Join with the next digit", "与下一个数字合并"],
  inside: ["What the network sees here", "网络在此处所见"],
  inside_help: [
    "The network gets the line of this digit scaled so that its digits are of the size it knows, with the contrast evened. For each square of 4×4 pixels it says how likely each sign has its middle there: one map for each sign, red where it is likely. Point at a place to see what the network says there.",
    "网络看到的是这个数字所在的一行：已缩放到它熟悉的大小，对比度已均衡。对每个 4×4 像素的小方块，它给出每种符号的中心在该处的可能性：每种符号一张图，越红越可能。把指针移到某处，可以看到网络在那里的判断。",
  ],
  inside_wait: ["Looking …", "查看中……"],
  patch: ["The picture at the network's scale, contrast evened; dashed: what lost", "网络尺度下的图片，对比度已均衡；虚线框为落选者"],
  scores: ["How likely it is", "各种可能"],
  scores_there: ["Under the pointer", "指针所指之处"],
  class_point: ["point", "句点"],
  class_comma: ["comma", "逗号"],
  class_dash: ["dash", "短横"],
  class_slash: ["slash", "斜线"],
  class_none: ["nothing", "无"],
  rivals: ["What lost against it", "落选者"],
  no_rivals: ["Nothing else was seen in its place.", "此处没有看到别的。"],
  maps: ["Where the network sees which sign", "网络在何处看到何种符号"],
  map_of: ["How likely each place is the middle of: {0}", "各处为其中心的可能：{0}"],
  really: ["What is it really?", "它其实是几？"],
  is_really: ["It is really {0}", "其实是 {0}"],
  close: ["Close", "关闭"],
  kept: ["Kept as an example of {0}.", "已存为 {0} 的样本。"],
  examples: ["Your labelled examples", "你标注的样本"],
  examples_help: [
    "Digits that you labelled, with what is around them: digitile adapt learns your handwriting from them.",
    "你标注过的数字及其周围；digitile adapt 可以用它们学习你的笔迹。",
  ],
  too_few: ["digitile adapt needs {0} or more: {1} to go.", "digitile adapt 至少需要 {0} 个，还差 {1} 个。"],
  too_many: ["digitile adapt takes {0} at most: delete some.", "digitile adapt 最多接受 {0} 个，请删除一些。"],
  store_full: ["The browser cannot store them: they last until the page is closed.", "浏览器无法保存：关闭页面后将会丢失。"],
  drop_example: ["Delete this example of {0}", "删除这个 {0} 的样本"],
  count: ["{0} kept in this browser.", "此浏览器中存有 {0} 个。"],
  example_alt: ["An example of {0}", "{0} 的样本"],
  download: ["Download (zip)", "下载（zip）"],
  forget: ["Delete all", "全部删除"],

  e_picture: ["This picture could not be read.", "无法读取这张图片。"],
  e_shown: ["This picture could not be shown. Use a PNG or JPEG.", "无法显示这张图片，请用 PNG 或 JPEG。"],
  e_late: ["The picture took too long to arrive. Try again.", "图片传送超时，请再试一次。"],
  e_large: ["The picture is too large.", "图片太大。"],
  e_busy: ["The server is busy. Try again soon.", "服务器正忙，请稍后再试。"],
  e_away: ["The server cannot be reached. Is digitile serve running?", "连不上服务器。digitile serve 还在运行吗？"],
  e_other: ["That did not work.", "未能完成。"],

  forms_page: ["digitile – describe a form", "digitile – 描述表单"],
  forms_title: ["Say where a form has its fields", "标出表单上的各个字段"],
  forms_help: [
    "A level scan, best of an empty form. Printed boxes and black marks in the corners are found; what is missing can be drawn.",
    "请用端正的扫描件，最好是空白表单。印好的方框和四角的黑色标记会自动找出，缺少的可以画上。",
  ],
  form_alt: ["The form", "表单"],
  form_frame: ["Draw a box for each field that is missing.", "为每个缺少的字段画一个框。"],
  choose_form: ["Choose a scan", "选择扫描件"],
  sample_form: ["Try an example", "试试例子"],
  fields: ["Fields", "字段"],
  finding: ["Looking for boxes …", "正在查找方框……"],
  no_form: ["No form yet.", "还没有表单。"],
  no_fields: ["No field yet: draw a box round the first one.", "还没有字段：请框出第一个。"],
  field_count: ["Fields: {0}. Name them, and delete what is no field.", "字段：{0} 个。请命名，并删除不是字段的。"],
  field_box: ["Field {0}", "字段 {0}"],
  field_name: ["Name", "名称"],
  field_cells: ["Cells", "格数"],
  field_rule: ["Rule", "规则"],
  move_field: ["Draw its box anew", "重新画框"],
  move_field_of: ["Draw the box of field {0} anew", "重新画第 {0} 个字段的框"],
  drop_field: ["Delete", "删除"],
  drop_field_of: ["Delete field {0}", "删除第 {0} 个字段"],
  anchor: ["On a scan, the form is found by", "在扫描件上依据什么找到表单"],
  anchor_marks: ["its four black marks", "四个黑色标记"],
  anchor_frame: ["the frame around all fields", "围住所有字段的外框"],
  anchor_boxes: ["its printed boxes", "印好的方框"],
  anchor_sheet: ["the edges of the sheet", "纸张的边缘"],
  download_form: ["Download form.toml", "下载 form.toml"],
  form_then: ["Then read scans or photos of the filled form:", "然后识别填好的表单的扫描件或照片："],

  train_page: ["digitile – watch a training", "digitile – 观看训练"],
  train_title: ["Watch a network learn", "看网络学习"],
  training_off: ["Trainings are switched off on this server.", "此服务器已关闭训练功能。"],
  recipe: ["Recipe", "配方"],
  data: ["Pictures", "图片"],
  data_digits: ["digits: 1,442 pictures, seconds", "digits：1,442 张，几秒钟"],
  data_mnist: ["MNIST: 60,000 pictures", "MNIST：60,000 张"],
  data_cifar10: ["CIFAR-10: 50,000 pictures", "CIFAR-10：50,000 张"],
  start: ["Start", "开始"],
  stop: ["Stop", "停止"],
  lr: ["Learning rate", "学习率"],
  batch_size: ["Batch size", "批大小"],
  epochs: ["Epochs", "轮数"],
  number_help: ["Learning rate above 0 and up to 100, batch size and epochs whole numbers from 1 to 1,000.", "学习率须大于 0 且不超过 100，批大小与轮数须为 1 到 1,000 的整数。"],
  network: ["Layers", "网络各层"],
  layers: ["Layers, with their shapes and parameters", "各层及其形状和参数数目"],
  input: ["input", "输入"],
  weights: ["{0} parameters", "{0} 个参数"],
  misfit: ["The network ends in {0} outputs, but there are {1} classes: end it in {1}N - softmax.", "网络以 {0} 个输出结束，但共有 {1} 类：请以 {1}N - softmax 结束。"],
  reset: ["As in the recipe", "恢复为配方"],
  notation: ["How layers are written", "各层的写法"],
  notation_help: [
    "The input as channels×height×width, then the layers with “-” between them. 6C5: convolution, 6 maps, 5×5 kernels (6C5same: padded, 6C5s2: stride 2). MP2, AP2: max or average pooling, 2×2. 100N: fully connected, 100 outputs. ReLU, sigmoid, tanh, dropout(0.5). At the end 10N - softmax.",
    "先写输入（通道×高×宽），再写各层，中间用“-”隔开。6C5：卷积，6 个特征图，5×5 卷积核（6C5same：补零；6C5s2：步长 2）。MP2、AP2：2×2 最大或平均池化。100N：全连接，100 个输出。ReLU、sigmoid、tanh、dropout(0.5)。最后写 10N - softmax。",
  ],
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
  run: ["Training", "训练"],
  beside: ["Compared with", "对比"],
  none_beside: ["none", "无"],
  run_name: ["{0}: {1} on {2}", "{0}：{1}，{2}"],
  now_of: ["{0}: {1}", "{0}：{1}"],
  settings: ["Settings and result", "设置与结果"],
  parameters: ["Parameters", "参数数目"],
  test: ["Right in the test", "测试正确率"],
  right: ["{0} of {1}", "{1} 张中的 {0}"],
  try: ["Draw with this network", "用这个网络认一认"],
  try_help: [
    "The newest parameters answer: while the network learns, the answer changes with it.",
    "由最新的参数作答：网络还在学习时，答案会随之变化。",
  ],
  pad: ["Pad to draw a digit on with mouse, pen or finger", "书写区：用鼠标、手写笔或手指写一个数字"],
  hint_one: ["Draw a digit", "写一个数字"],
  told: ["{0}: this is a {1}.", "{0}：这是 {1}。"],
  after: ["{0}, iteration {1}", "{0}，第 {1} 步"],
  get_model: ["Download the model", "下载模型"],
};

// Why there are no digits, in the words of the reader.
const REASONS = {
  "nothing stands out from the paper": "纸上看不出任何笔迹",
  "what is there does not look like digits": "纸上的内容不像数字",
};

const LANGUAGES = ["en", "zh"];
const known = LANGUAGES.indexOf(recall("language"));
let place = known >= 0 ? known : Number(navigator.language.startsWith("zh"));
const listeners = [];

/** The page's language, as HTTP names it. */
export const language = () => ["en", "zh-Hans"][place];

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
    remember("language", LANGUAGES[place]);
    fill();
  });
  fill();
}

function fill() {
  document.documentElement.lang = language();
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

/** What went wrong, in the reader's language, and the server's own words. */
export function sayTrouble({ key, detail }) {
  return [say(key), detail].filter(Boolean).join(" ");
}

/** Change a live region only where its words change, so that it is not read out again. */
export function put(id, text) {
  const element = document.getElementById(id);
  if (element.textContent !== text) element.textContent = text;
}
