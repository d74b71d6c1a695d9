"use strict";

const { COMMANDS, NAME, OPTIONS, optionsOf, textOf } = require("./commands.js");
const { UsageError } = require("./usage.js");
const { writer } = require("./writer.js");

const names = Object.keys(COMMANDS);
const flagsOf = (command) => optionsOf(command).map((name) => `--${name}`);

/** Words that the argument of a command can be. */
const WORDS = { completion: ["bash", "zsh", "fish"], outbox: ["retry", "drop"] };

/** A line for each command: what may follow it. */
const cases = (line) =>
  names.map((name) => line(name, [...(WORDS[name] ?? []), ...flagsOf(name)].join(" "))).join("\n");

const bash = () => `_socket_io_postgres_emitter_rs() {
  local words="${names.join(" ")} --help --version"
  case "\${COMP_WORDS[1]}" in
${cases((name, words) => `    ${name}) [ "$COMP_CWORD" -gt 1 ] && words="${words}" ;;`)}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _socket_io_postgres_emitter_rs ${NAME}
`;

// Without compinit, which not every ~/.zshrc has, there is no compdef.
const zsh = () => `(( \${+functions[compdef]} )) || { autoload -Uz compinit && compinit }
_socket_io_postgres_emitter_rs() {
  local -a candidates
  candidates=(${names.join(" ")} --help --version)
  case "\${words[2]}" in
${cases((name, words) => `    ${name}) (( CURRENT > 2 )) && candidates=(${words}) ;;`)}
  esac
  compadd -- "\${candidates[@]}" || _files
}
compdef _socket_io_postgres_emitter_rs ${NAME}
`;

/** A text within single quotes of fish. */
const quoted = (text) => `'${text.replace(/['\\]/g, "\\$&")}'`;

const fish = () => {
  const lines = [`complete -c ${NAME} -n __fish_use_subcommand -l help -l version`];
  for (const name of names) {
    const { summary } = COMMANDS[name];
    lines.push(`complete -c ${NAME} -f -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`);
    const within = `complete -c ${NAME} -n ${quoted(`__fish_seen_subcommand_from ${name}`)}`;
    if (WORDS[name]) lines.push(`${within} -f -a ${quoted(WORDS[name].join(" "))}`);
    for (const option of optionsOf(name)) {
      const { value } = OPTIONS[option];
      lines.push(`${within} -l ${option}${value ? " -r" : ""} -d ${quoted(textOf(option))}`);
    }
  }
  return `${lines.join("\n")}\n`;
};

const SHELLS = { bash, zsh, fish };

/** Prints the script with which a shell completes commands and options. */
const completion = async ({ args: [shell, ...more] }) => {
  if (more.length > 0 || !Object.hasOwn(SHELLS, shell ?? "")) {
    throw new UsageError(`completion takes one of ${Object.keys(SHELLS).join(", ")}`);
  }
  await writer(process.stdout)(SHELLS[shell]());
};

module.exports = { completion };
