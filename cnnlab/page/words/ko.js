/* All texts of the page in Korean. The keys are those of en.js. */

export default {
  language: "한국어",

  // The frame of the page
  views: "화면",
  tab_draw: "그리기",
  tab_look: "들여다보기",
  tab_change: "고치기",
  tab_train: "학습",
  tab_compare: "비교",
  skip: "본문으로 건너뛰기",
  run: "실행",
  no_runs: "아직 실행이 없습니다",
  settings: "페이지 설정",
  dark: "어두운 색",
  projector: "프로젝터용 큰 글씨",
  loading: "불러오는 중 …",
  status_running: "학습 중",
  status_stopped: "멈춤",
  status_failed: "실패",
};
