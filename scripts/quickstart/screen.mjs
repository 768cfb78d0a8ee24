// How the tour speaks: headings, sentences, commands. Plain text where the output is no terminal.
import { styleText } from "node:util";

const WIDTH = 78;

const colored =
  process.stdout.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== "dumb" && process.env.CLICOLOR !== "0";

export function style(format, text) {
  return colored ? styleText(format, text, { validateStream: false }) : text;
}

export function print(text = "") {
  process.stdout.write(`${text}\n`);
}

/** A paragraph, broken between words. */
export function say(text) {
  let line = "";
  for (const word of text.split(/\s+/)) {
    if (line !== "" && line.length + 1 + word.length > WIDTH) {
      print(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  print(line);
}

export function heading(text) {
  print();
  print(style("bold", text));
}

/** A command the way a user types it. */
export function command(text) {
  print();
  print(`${style("cyan", "$")} ${style("bold", text)}`);
}

/** What diff(1) printed, without its headings. */
export function printDiff(text) {
  for (const line of text.split("\n").filter((each) => each !== "" && !/^(---|\+\+\+|@@)/.test(each))) {
    const format = line.startsWith("+") ? "green" : line.startsWith("-") ? "red" : "dim";
    print(style(format, line));
  }
}
