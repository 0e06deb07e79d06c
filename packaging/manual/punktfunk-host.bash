# Completion of punktfunk-host for bash, made of its --help by npm run manual.

_punktfunk_host_offer() { # _punktfunk_host_offer COMPGEN-OPTION...
  local line
  while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen "$@" -- "$word")
}

# The first words of the lines that a command prints as a table.
_punktfunk_host_printed() {
  local line
  while read -r line _; do
    if [[ $line = "$word"* ]]; then COMPREPLY+=("$line"); fi
  done < <(punktfunk-host "$1" 2>/dev/null | grep '^[^ ]*  ')
}

_punktfunk_host() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
  COMPREPLY=()
  # --option=value comes as three words.
  if [[ $word = '=' ]]; then
    word=''
  elif [[ $before = '=' ]]; then
    before=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  if ((COMP_CWORD == 1)); then
    _punktfunk_host_offer -W 'serve pair clients client unpair apps add-app remove-app settings set unset console token status events doctor diagnostics --help --version'
    return
  fi
  case ${COMP_WORDS[1]}:$before in
    serve:--base-port) : ;;
    serve:--bind) : ;;
    serve:--name) : ;;
    serve:--display) _punktfunk_host_offer -W 'auto session embedded synthetic' ;;
    serve:--fec-percent) : ;;
    serve:--encoder-crf) : ;;
    serve:--encoder-preset) _punktfunk_host_offer -W 'ultrafast superfast veryfast' ;;
    serve:--keyboard-layout) : ;;
    serve:--gamepad) _punktfunk_host_offer -W 'auto xbox dualsense dualshock4 switch_pro' ;;
    serve:--encryption) _punktfunk_host_offer -W 'offered required' ;;
    serve:--spare-engine) _punktfunk_host_offer -W 'true false' ;;
    serve:--discovery) _punktfunk_host_offer -W 'true false' ;;
    serve:--console) _punktfunk_host_offer -W 'network local off' ;;
    serve:--first-visit-minutes) : ;;
    serve:--log-level) _punktfunk_host_offer -W 'error warn info debug trace' ;;
    *:--data-dir) compopt -o filenames && _punktfunk_host_offer -d ;;
    pair:--name) : ;;
    pair:--address) : ;;
    client:--name) : ;;
    client:--input) _punktfunk_host_offer -W 'true false' ;;
    client:--launch) _punktfunk_host_offer -W 'true false' ;;
    client:--expires) _punktfunk_host_offer -W 'DATE never' ;;
    add-app:--command) : ;;
    add-app:--working-directory) compopt -o filenames && _punktfunk_host_offer -d ;;
    token:--name) : ;;
    token:--scope) _punktfunk_host_offer -W 'read operate admin' ;;
    token:--expires) : ;;
    token:--id) : ;;
    events:--after) : ;;
    doctor:--base-port) : ;;
    doctor:--bind) : ;;
    doctor:--name) : ;;
    doctor:--display) _punktfunk_host_offer -W 'auto session embedded synthetic' ;;
    doctor:--fec-percent) : ;;
    doctor:--encoder-crf) : ;;
    doctor:--encoder-preset) _punktfunk_host_offer -W 'ultrafast superfast veryfast' ;;
    doctor:--keyboard-layout) : ;;
    doctor:--gamepad) _punktfunk_host_offer -W 'auto xbox dualsense dualshock4 switch_pro' ;;
    doctor:--encryption) _punktfunk_host_offer -W 'offered required' ;;
    doctor:--spare-engine) _punktfunk_host_offer -W 'true false' ;;
    doctor:--discovery) _punktfunk_host_offer -W 'true false' ;;
    doctor:--console) _punktfunk_host_offer -W 'network local off' ;;
    doctor:--first-visit-minutes) : ;;
    doctor:--log-level) _punktfunk_host_offer -W 'error warn info debug trace' ;;
    serve:*) _punktfunk_host_offer -W '--base-port --bind --name --display --fec-percent --encoder-crf --encoder-preset --keyboard-layout --gamepad --encryption --spare-engine --discovery --console --first-visit-minutes --log-level --wait --data-dir --json --help --version' ;;
    pair:*) _punktfunk_host_offer -W '--name --address --data-dir --json --help --version' ;;
    clients:*) _punktfunk_host_offer -W '--data-dir --json --help --version' ;;
    client:*) _punktfunk_host_printed clients; _punktfunk_host_offer -W '--name --input --launch --expires --data-dir --json --help --version' ;;
    unpair:*) _punktfunk_host_printed clients; _punktfunk_host_offer -W '--data-dir --json --help --version' ;;
    apps:*) _punktfunk_host_offer -W '--data-dir --json --help --version' ;;
    add-app:*) _punktfunk_host_offer -W '--command --working-directory --data-dir --json --help --version' ;;
    remove-app:*) _punktfunk_host_printed apps; _punktfunk_host_offer -W '--data-dir --json --help --version' ;;
    settings:*) _punktfunk_host_offer -W '--data-dir --json --help --version' ;;
    set:*) _punktfunk_host_printed settings; _punktfunk_host_offer -W '--data-dir --json --help --version' ;;
    unset:*) _punktfunk_host_printed settings; _punktfunk_host_offer -W '--data-dir --json --help --version' ;;
    console:*) _punktfunk_host_offer -W '--print --data-dir --json --help --version' ;;
    token:*) _punktfunk_host_offer -W 'create list revoke'; _punktfunk_host_offer -W '--name --scope --expires --id --data-dir --json --help --version' ;;
    status:*) _punktfunk_host_offer -W '--data-dir --json --help --version' ;;
    events:*) _punktfunk_host_offer -W '--after --data-dir --json --help --version' ;;
    doctor:*) _punktfunk_host_offer -W '--base-port --bind --name --display --fec-percent --encoder-crf --encoder-preset --keyboard-layout --gamepad --encryption --spare-engine --discovery --console --first-visit-minutes --log-level --data-dir --json --help --version' ;;
    diagnostics:*) compopt -o filenames && _punktfunk_host_offer -f; _punktfunk_host_offer -W '--data-dir --json --help --version' ;;
  esac
}

complete -F _punktfunk_host punktfunk-host
