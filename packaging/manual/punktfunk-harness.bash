# Completion of punktfunk-harness for bash, made of its --help by npm run manual.

_punktfunk_harness_offer() { # _punktfunk_harness_offer COMPGEN-OPTION...
  local line
  while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen "$@" -- "$word")
}

# The first words of the lines that a command prints as a table.
_punktfunk_harness_printed() {
  local line
  while read -r line _; do
    if [[ $line = "$word"* ]]; then COMPREPLY+=("$line"); fi
  done < <(punktfunk-harness "$1" 2>/dev/null | grep '^[^ ]*  ')
}

_punktfunk_harness() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
  COMPREPLY=()
  # --option=value comes as three words.
  if [[ $word = '=' ]]; then
    word=''
  elif [[ $before = '=' ]]; then
    before=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  if ((COMP_CWORD == 1)); then
    _punktfunk_harness_offer -W 'latency soak throughput encode capture compare report self-check measure loss-sweep loss-live impair probe beacon --help'
    return
  fi
  case ${COMP_WORDS[1]}:$before in
    latency:--seconds) : ;;
    latency:--input-seconds) : ;;
    latency:--width) : ;;
    latency:--height) : ;;
    latency:--fps) : ;;
    latency:--bitrate-kbps) : ;;
    latency:--codec) _punktfunk_harness_offer -W 'h264 hevc av1' ;;
    latency:--app) : ;;
    latency:--port) : ;;
    latency:--pin) : ;;
    latency:--probe-dir) compopt -o filenames && _punktfunk_harness_offer -d ;;
    latency:--beacon-command) : ;;
    latency:--clock) : ;;
    latency:--host-data-dir) compopt -o filenames && _punktfunk_harness_offer -d ;;
    latency:--token-file) compopt -o filenames && _punktfunk_harness_offer -f ;;
    latency:--react-command) : ;;
    latency:--max-p95-ms) : ;;
    latency:--min-fps) : ;;
    latency:--max-loss) : ;;
    latency:--budget-s) : ;;
    latency:--seed) : ;;
    latency:--out) compopt -o filenames && _punktfunk_harness_offer -f ;;
    soak:--minutes) : ;;
    soak:--fault-every-s) : ;;
    soak:--faults) : ;;
    soak:--width) : ;;
    soak:--height) : ;;
    soak:--fps) : ;;
    soak:--bitrate-kbps) : ;;
    soak:--app) : ;;
    soak:--port) : ;;
    soak:--pin) : ;;
    soak:--probe-dir) compopt -o filenames && _punktfunk_harness_offer -d ;;
    soak:--beacon-command) : ;;
    soak:--host-pid) : ;;
    soak:--max-p95-ms) : ;;
    soak:--max-loss) : ;;
    soak:--budget-s) : ;;
    soak:--seed) : ;;
    soak:--out) compopt -o filenames && _punktfunk_harness_offer -f ;;
    throughput:--gbps) : ;;
    throughput:--seconds) : ;;
    throughput:--to) : ;;
    throughput:--port) : ;;
    throughput:--max-loss) : ;;
    throughput:--max-p95-ms) : ;;
    throughput:--budget-s) : ;;
    throughput:--seed) : ;;
    throughput:--out) compopt -o filenames && _punktfunk_harness_offer -f ;;
    encode:--size) : ;;
    encode:--fps) : ;;
    encode:--bitrate-kbps) : ;;
    encode:--content) : ;;
    encode:--seconds) : ;;
    encode:--slices) : ;;
    encode:--max-p95-ms) : ;;
    encode:--min-fps) : ;;
    encode:--min-ssim) : ;;
    encode:--min-psnr-db) : ;;
    encode:--budget-s) : ;;
    encode:--seed) : ;;
    encode:--out) compopt -o filenames && _punktfunk_harness_offer -f ;;
    capture:--backend) : ;;
    capture:--desktop) _punktfunk_harness_offer -W 'any here own' ;;
    capture:--width) : ;;
    capture:--height) : ;;
    capture:--fps) : ;;
    capture:--motion) _punktfunk_harness_offer -W 'full rests small typing scroll video grain game' ;;
    capture:--seconds) : ;;
    capture:--max-loss) : ;;
    capture:--min-fps) : ;;
    capture:--max-p95-ms) : ;;
    capture:--budget-s) : ;;
    capture:--seed) : ;;
    capture:--out) compopt -o filenames && _punktfunk_harness_offer -f ;;
    compare:--rounds) : ;;
    compare:--threshold-percent) : ;;
    compare:--series) : ;;
    compare:--budget-s) : ;;
    compare:--seed) : ;;
    compare:--out) compopt -o filenames && _punktfunk_harness_offer -f ;;
    report:--page) compopt -o filenames && _punktfunk_harness_offer -f ;;
    report:--markdown) compopt -o filenames && _punktfunk_harness_offer -f ;;
    report:--baseline) compopt -o filenames && _punktfunk_harness_offer -f ;;
    report:--png) compopt -o filenames && _punktfunk_harness_offer -d ;;
    self-check:--rounds) : ;;
    self-check:--seconds) : ;;
    self-check:--comparisons) : ;;
    self-check:--budget-s) : ;;
    self-check:--seed) : ;;
    self-check:--out) compopt -o filenames && _punktfunk_harness_offer -f ;;
    measure:--dir) compopt -o filenames && _punktfunk_harness_offer -d ;;
    measure:--only) : ;;
    loss-sweep:--seed) : ;;
    loss-sweep:--packets) : ;;
    loss-sweep:--jobs) : ;;
    loss-sweep:--code) : ;;
    loss-sweep:--json) compopt -o filenames && _punktfunk_harness_offer -f ;;
    loss-sweep:--page) compopt -o filenames && _punktfunk_harness_offer -f ;;
    loss-sweep:--baseline) compopt -o filenames && _punktfunk_harness_offer -f ;;
    loss-sweep:--worker) compopt -o filenames && _punktfunk_harness_offer -f ;;
    loss-live:--app) : ;;
    loss-live:--port) : ;;
    loss-live:--pin) : ;;
    loss-live:--probe-dir) compopt -o filenames && _punktfunk_harness_offer -d ;;
    loss-live:--beacon-command) : ;;
    loss-live:--listen) : ;;
    loss-live:--width) : ;;
    loss-live:--height) : ;;
    loss-live:--fps) : ;;
    loss-live:--bitrate-kbps) : ;;
    loss-live:--seconds) : ;;
    loss-live:--links) : ;;
    loss-live:--rounds) : ;;
    loss-live:--max-loss) : ;;
    loss-live:--min-fps) : ;;
    loss-live:--budget-s) : ;;
    loss-live:--seed) : ;;
    loss-live:--out) compopt -o filenames && _punktfunk_harness_offer -f ;;
    impair:--listen) : ;;
    impair:--port) : ;;
    impair:--scenario) : ;;
    impair:--down) : ;;
    impair:--up) : ;;
    impair:--seed) : ;;
    impair:--duration-s) : ;;
    impair:--netem) : ;;
    impair:--netem-up) : ;;
    probe:--port) : ;;
    probe:--data-dir) compopt -o filenames && _punktfunk_harness_offer -d ;;
    probe:--pin) : ;;
    probe:--wait-s) : ;;
    probe:--app) _punktfunk_harness_offer -W 'NAME ID' ;;
    probe:--width) : ;;
    probe:--height) : ;;
    probe:--fps) : ;;
    probe:--bitrate-kbps) : ;;
    probe:--packet-size) : ;;
    probe:--codec) _punktfunk_harness_offer -W 'h264 hevc av1' ;;
    probe:--encryption) _punktfunk_harness_offer -W 'none audio all' ;;
    probe:--channels) _punktfunk_harness_offer -W '2 6 8' ;;
    probe:--audio-packet-ms) _punktfunk_harness_offer -W '5 10' ;;
    probe:--slices) : ;;
    probe:--duration-s) : ;;
    probe:--min-fps) : ;;
    probe:--max-lost-percent) : ;;
    probe:--loss-percent) : ;;
    probe:--burst) : ;;
    probe:--seed) : ;;
    probe:--dump) compopt -o filenames && _punktfunk_harness_offer -f ;;
    probe:--snapshot) compopt -o filenames && _punktfunk_harness_offer -f ;;
    probe:--snapshot-picture) : ;;
    probe:--input) compopt -o filenames && _punktfunk_harness_offer -f ;;
    beacon:--motion) : ;;
    beacon:--fps) : ;;
    beacon:--duration-s) : ;;
    latency:*) _punktfunk_harness_offer -W '[HOST   serve-clock [PORT]]'; _punktfunk_harness_offer -W '--seconds --input-seconds --width --height --fps --bitrate-kbps --codec --app --port --pin --probe-dir --beacon-command --clock --host-data-dir --token-file --react-command --max-p95-ms --min-fps --max-loss --budget-s --seed --json --out --help' ;;
    soak:*) _punktfunk_harness_offer -W '--minutes --fault-every-s --faults --width --height --fps --bitrate-kbps --app --port --pin --probe-dir --beacon-command --host-pid --max-p95-ms --max-loss --budget-s --seed --json --out --help' ;;
    throughput:*) _punktfunk_harness_offer -W '--gbps --seconds --to --port --max-loss --max-p95-ms --budget-s --seed --json --out --help' ;;
    encode:*) _punktfunk_harness_offer -W '--size --fps --bitrate-kbps --content --seconds --slices --max-p95-ms --min-fps --min-ssim --min-psnr-db --budget-s --seed --json --out --help' ;;
    capture:*) _punktfunk_harness_offer -W '--backend --desktop --width --height --fps --motion --seconds --max-loss --min-fps --max-p95-ms --budget-s --seed --json --out --help' ;;
    compare:*) _punktfunk_harness_offer -W '--rounds --threshold-percent --series --budget-s --seed --json --out --help' ;;
    report:*) compopt -o filenames && _punktfunk_harness_offer -f; _punktfunk_harness_offer -W '--page --markdown --baseline --png --help' ;;
    self-check:*) _punktfunk_harness_offer -W '--rounds --seconds --comparisons --budget-s --seed --json --out --help' ;;
    measure:*) _punktfunk_harness_offer -W '--dir --only --help' ;;
    loss-sweep:*) _punktfunk_harness_offer -W '--seed --packets --jobs --code --json --page --baseline --worker --help' ;;
    loss-live:*) _punktfunk_harness_offer -W '--app --port --pin --probe-dir --beacon-command --listen --width --height --fps --bitrate-kbps --seconds --links --rounds --max-loss --min-fps --budget-s --seed --json --out --help' ;;
    impair:*) _punktfunk_harness_offer -W '--listen --port --scenario --down --up --seed --duration-s --json --list --netem --netem-up --help' ;;
    probe:*) _punktfunk_harness_offer -W 'pair list stream quit HOST'; _punktfunk_harness_offer -W '--port --data-dir --json --pin --wait-s --app --width --height --fps --bitrate-kbps --packet-size --codec --encryption --plain-rtsp --channels --audio-packet-ms --slices --duration-s --min-fps --max-lost-percent --loss-percent --burst --seed --dump --snapshot --snapshot-picture --input --help' ;;
    beacon:*) _punktfunk_harness_offer -W '--motion --wayland --x11 --still --fps --click --react --duration-s --json --help' ;;
  esac
}

complete -F _punktfunk_harness punktfunk-harness
