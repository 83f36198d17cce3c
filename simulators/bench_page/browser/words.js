// Everything the page says: Chinese first, English a switch away.

const WORDS = {
  bench: ["工作台", "Bench"], window: ["窗口", "Window"], lobby: ["取号与公共设备", "Lobby"],
  screens: ["大屏与广播", "Boards and loudspeakers"], nodes: ["节点与消息服务", "Nodes and broker"],
  presses: ["一次按键的路径", "The course of a press"], monitor: ["线路监视", "Line monitor"],
  linked: ["已连接", "connected"], unlinked: ["连接断开，正在重连…", "not connected, trying again…"],
  sound_on: ["声音开", "sound on"], sound_off: ["声音关", "sound off"], language: ["English", "中文"],
  speed: ["时间 ×", "time ×"], speed_why: ["大厅的时钟、等候与营业时间；线路、设备与手指仍按真实时间", "the hall's clock, waits and hours; wires, devices and fingers keep the time of life"],
  kill: ["断电", "kill"], start: ["启动", "start"], broker: ["消息服务", "broker"], all: ["全部", "all"],
  runs: ["运行", "runs"], off: ["已停", "off"], none: ["不监视", "none"], pause: ["暂停", "pause"],
  missed: ["未显示", "not shown"], faults: ["故障", "faults"], close: ["关闭", "close"], wire: ["线路", "wire"],
  play: ["播放", "play"], nothing: ["还没有", "nothing yet"], papers: ["已出纸", "papers"], clear: ["清除", "clear"],
  typed: ["已输入", "typed"], quick: ["常用…", "quick keys…"], service: ["选择事项…", "choose a service…"],
  no_signal: ["无信号", "no signal"], no_power: ["断电", "no power"], lamps: ["看每一颗灯珠", "see single lamps"],
  zoom: ["放大 / 缩小", "zoom"], walk: ["拖动或方向键", "drag, or arrow keys"],
  // kinds
  keypad: ["按键器", "keypad"], evaluator: ["评价器", "evaluator"], strip: ["窗口屏", "strip"], printer: ["打印机", "printer"],
  button: ["按钮", "button"], lamp: ["灯", "lamp"], board: ["大屏", "board"], announcer: ["广播", "loudspeaker"], port: ["线路", "wire"],
  // keys of a keypad
  key_start: ["开始", "start"], key_evaluate: ["评价", "evaluate"], key_next: ["下一位", "next"], key_recall: ["重呼", "recall"],
  key_cancel: ["取消", "cancel"], key_confirm: ["确认", "confirm"], key_line: ["线路", "line"], key_pause: ["暂停", "pause"], key_transfer: ["转移", "transfer"],
  // what a clerk wants
  login: ["登录", "log in"], call_next: ["叫下一位", "call next"], recall: ["重呼", "call again"], begin: ["开始办理", "begin"],
  ask_rating: ["请评价", "ask for a rating"], finish: ["结束", "finish"], no_show: ["过号", "no show"], resume: ["恢复", "resume"], logout: ["退出", "log out"],
  take: ["取号", "take"], press: ["按下", "press"],
  // grades
  level_0: ["—", "—"], level_1: ["非常不满意", "very bad"], level_2: ["不满意", "bad"], level_3: ["基本满意", "fair"],
  level_4: ["满意", "good"], level_5: ["非常满意", "very good"],
  lamp_off: ["", ""], lamp_open: ["请您评价", "please rate"], lamp_sending: ["…", "…"], lamp_thanks: ["谢谢", "thank you"],
  // hands at a printer
  take_paper: ["抽走纸", "pull the paper"], new_roll: ["换新纸", "new roll"], open_cover: ["开盖", "open cover"],
  close_cover: ["关盖", "close cover"], clear_cutter: ["清切刀", "clear cutter"], power_cut: ["断电再上电", "off and on"],
  paper_out: ["缺纸", "paper out"], paper_near_end: ["纸将尽", "paper near end"], cover: ["开盖", "cover open"],
  cutter: ["切刀卡住", "cutter"], hot: ["过热", "hot"], offline: ["脱机", "off line"],
  // faults
  unplug: ["拔出插头", "unplug"], power_off: ["断电", "power off"], late: ["迟一秒", "a second late"], garbled: ["乱码", "garbled"],
  cut_frame: ["断帧", "cut frames"], noise: ["杂讯", "noise"], silent: ["不出声", "silent"], busy: ["忙", "busy"], refuse: ["拒绝", "refuse"],
  stuck_key: ["按键卡住", "stuck key"], no_ack: ["不应答", "no acknowledgement"], wrong_address: ["地址错", "wrong address"], lamp_broken: ["灯坏", "lamp broken"],
  // states of nodes and devices
  ready: ["就绪", "ready"], degraded: ["需要人", "needs somebody"], lost: ["失联", "lost"], disconnected: ["已离线", "left"], init: ["启动中", "starting"], sleeping: ["休眠", "asleep"],
  // hops
  step_key: ["按键", "key down"], step_echo: ["节点回显", "node echoes"], step_request: ["请求到消息服务", "request on the broker"],
  step_answer: ["协调节点答复", "coordinator answers"], step_state: ["窗口新状态", "new state of the window"], step_strip: ["窗口屏显示", "strip shows"],
  step_beep: ["按键器鸣叫", "keypad beeps"], step_digits: ["按键器数字", "keypad shows"], step_paper: ["出纸", "paper"], step_thanks: ["致谢", "pad thanks"],
  step_record: ["记录到消息服务", "record on the broker"], step_receipt: ["协调节点落盘回执", "durable receipt"],
  // frames
  frame_press: ["按键", "press"], frame_echo: ["回显", "echo"], frame_digits: ["数字", "digits"], frame_beep: ["鸣叫", "beep"], frame_grade: ["评分", "grade"],
  frame_ask: ["请评价", "ask"], frame_thanks: ["收到评分", "grade received"], frame_text: ["文字", "text"], frame_rom: ["存储文字", "stored text"], frame_ack: ["应答", "acknowledged"],
  frame_ff68: ["FF 68", "FF 68"], frame_a090: ["A0 90", "A0 90"], frame_characters: ["字", "characters"], frame_raster: ["图，字节", "picture, bytes"], frame_cut: ["切纸", "cut"],
  frame_qr: ["二维码", "QR code"], frame_status_ask: ["问状态", "asks status"], frame_status: ["状态", "status"], frame_reset: ["复位", "reset"],
};

export const isEnglish = localStorage.getItem("language") === "en";
const AT = isEnglish ? 1 : 0;

// The word for a key, or the key itself.
export const say = (key) => WORDS[key]?.[AT] ?? key;
// A thing's own name in the language of the page.
export const nameOf = (thing) => (isEnglish ? thing.name_en : thing.name) || thing.name;

export function otherLanguage() {
  localStorage.setItem("language", isEnglish ? "zh" : "en");
  location.reload();
}
