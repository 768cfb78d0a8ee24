import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, linkSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ago, createFastLab, type FastLab, type FastOptions, STRANGER, statusBytes } from "../support/fast-lab.ts";
import { needs } from "../support/needs.ts";

const HERE = needs("gcc", "libc6-dev", "root");
const CHECK = "Next: omg check reads the machine and publishes a status.\n";

interface Case {
  readonly name: string;
  readonly args: readonly string[];
  /** What lies in the runtime folder; default: `statusBytes()`. */
  readonly status?: Uint8Array | ((path: string) => void);
  readonly options?: FastOptions;
  readonly code: number;
  readonly stdout: string;
  readonly stderr?: string;
}

const format = (text: string, ...more: readonly string[]) => ["status", "--format", text, ...more];
const nothing = (path: string) => rmSync(path, { force: true });
const changed = (offset: number, ...bytes: readonly number[]) => {
  const all = statusBytes();
  all.set(bytes, offset);
  return all;
};
const because = (reason: string) => `omg-fast: ${reason}\n${CHECK}`;
const UNTRUSTED = because("The status is not a file of root's or yours that only its owner can change.");
const DAMAGED = because("The status is damaged, or of another version of omg.");
const OLD = because("The status is too old to go by, or from a later time than now.");
const ABSENT = because("No status was published yet.");
const usage = (message: string) => `omg-fast: ${message}\nNext: omg-fast --help shows what it takes.\n`;
const wrong = (byte: number, fault: string) =>
  `omg-fast: The format is wrong at byte ${byte}: ${fault}.\nNext: omg-fast --help names what a format can hold.\n`;
const LITERAL = "control characters and $ ` \\ % ! would not stay as they are in a prompt";
const PATHS = "Next: Give the whole path, from / on, or leave it unset.\n";

const QUESTIONS: readonly Case[] = [
  { name: "status", args: ["status"], code: 0, stdout: "drifted\n" },
  { name: "drift", args: ["drift"], code: 0, stdout: "7\n" },
  { name: "explicit", args: ["ec"], code: 0, stdout: "120\n" },
  { name: "total", args: ["tc"], code: 0, stdout: "1500\n" },
  { name: "orphans, of which there are none", args: ["oc"], code: 0, stdout: "0\n" },
  {
    name: "updates that nobody counted",
    args: ["uc"],
    code: 8,
    stdout: "?\n",
    stderr: because("The last run could not tell, or the machine has changed since."),
  },
  {
    name: "a state that nobody knows",
    args: ["status"],
    status: statusBytes({ state: "unknown" }),
    code: 8,
    stdout: "unknown\n",
    stderr: because("The last run could not tell, or the machine has changed since."),
  },
  ...(["in sync", "applying", "failed", "held"] as const).map((state) => ({
    name: state,
    args: ["status"],
    status: statusBytes({ state }),
    code: 0,
    stdout: `${state}\n`,
  })),
  {
    name: "the largest number",
    args: ["drift"],
    status: statusBytes({ drift: 0xffff_ffff }),
    code: 0,
    stdout: "4294967295\n",
  },
  {
    name: "bits and bytes that mean nothing yet",
    args: format("{drift} {updates}"),
    status: Buffer.concat([changed(5, 0b1100_1000, 2, 9).subarray(0, 44), Buffer.alloc(20, 0xff)]),
    code: 0,
    stdout: "7 ?\n",
  },
];

const FILES: readonly Case[] = [
  { name: "none", args: ["drift"], status: nothing, code: 8, stdout: "?\n", stderr: ABSENT },
  { name: "none, in a format", args: format("{drift?d{drift}}"), status: nothing, code: 8, stdout: "" },
  {
    name: "a link",
    args: ["status"],
    status: (path) => {
      writeFileSync(`${path}.real`, statusBytes());
      symlinkSync(`${path}.real`, path);
    },
    code: 8,
    stdout: "unknown\n",
    stderr: UNTRUSTED,
  },
  {
    name: "another name of the same file",
    args: ["status"],
    status: (path) => {
      writeFileSync(`${path}.one`, statusBytes());
      linkSync(`${path}.one`, path);
      rmSync(`${path}.one`);
    },
    code: 0,
    stdout: "drifted\n",
  },
  {
    name: "a folder",
    args: ["status"],
    status: (path) => mkdirSync(path),
    code: 8,
    stdout: "unknown\n",
    stderr: UNTRUSTED,
  },
  {
    name: "a pipe, for whose writer nobody waits",
    args: ["status"],
    status: (path) => void execFileSync("mkfifo", [path]),
    code: 8,
    stdout: "unknown\n",
    stderr: UNTRUSTED,
  },
  {
    name: "somebody else's",
    args: ["status"],
    status: (path) => {
      writeFileSync(path, statusBytes());
      chownSync(path, STRANGER, STRANGER);
    },
    code: 8,
    stdout: "unknown\n",
    stderr: UNTRUSTED,
  },
  ...[0o664, 0o646, 0o666].map((mode) => ({
    name: `one that others can write (${mode.toString(8)})`,
    args: ["status"],
    status: (path: string) => {
      writeFileSync(path, statusBytes());
      chmodSync(path, mode);
    },
    code: 8,
    stdout: "unknown\n",
    stderr: UNTRUSTED,
  })),
  ...(
    [
      ["empty", Buffer.alloc(0)],
      ["short", statusBytes().subarray(0, 63)],
      ["long", Buffer.concat([statusBytes(), Buffer.alloc(1)])],
      ["huge", Buffer.alloc(1 << 20, 0x53)],
      ["zeros", Buffer.alloc(64)],
      ["big-endian", changed(0, 0x4f, 0x4d, 0x47, 0x53)],
      ["of version 2", changed(4, 2)],
      ["of a state that is none", changed(6, 6)],
      ["of a time that is none", changed(31, 0xff)],
    ] as const
  ).map(([name, status]) => ({ name, args: ["drift"], status, code: 8, stdout: "?\n", stderr: DAMAGED })),
];

const TIMES: readonly Case[] = [
  {
    name: "within two days",
    args: ["drift"],
    status: statusBytes({ timestamp: ago(172_000) }),
    code: 0,
    stdout: "7\n",
  },
  {
    name: "older than two days",
    args: ["drift"],
    status: statusBytes({ timestamp: ago(173_000) }),
    code: 8,
    stdout: "?\n",
    stderr: OLD,
  },
  {
    name: "older than it may be",
    args: ["drift", "--max-age", "30m"],
    status: statusBytes({ timestamp: ago(1900) }),
    code: 8,
    stdout: "?\n",
    stderr: OLD,
  },
  {
    name: "as old as it may be",
    args: ["drift", "--max-age=7d"],
    status: statusBytes({ timestamp: ago(600_000) }),
    code: 0,
    stdout: "7\n",
  },
  {
    name: "of any age",
    args: ["drift", "--max-age", "999999999d"],
    status: statusBytes({ timestamp: 0 }),
    code: 0,
    stdout: "7\n",
  },
  {
    name: "from a clock that was a little ahead",
    args: format("{drift} {age}"),
    status: statusBytes({ timestamp: ago(-200) }),
    code: 0,
    stdout: "7 0s\n",
  },
  {
    name: "from a later time",
    args: ["status"],
    status: statusBytes({ timestamp: ago(-400) }),
    code: 8,
    stdout: "unknown\n",
    stderr: OLD,
  },
  ...(
    [
      [150, "2m"],
      [9000, "2h"],
      [100_000, "1d"],
    ] as const
  ).map(([seconds, text]) => ({
    name: `said as ${text}`,
    args: format("{age}"),
    // When it is tried, which may be a while after this file was loaded.
    get status() {
      return statusBytes({ timestamp: ago(seconds) });
    },
    code: 0,
    stdout: `${text}\n`,
  })),
];

const FORMATS: readonly Case[] = [
  {
    name: "every field",
    args: format("{state} {drift} {explicit} {total} {orphans} {updates} {vulnerabilities} {generation}"),
    code: 0,
    stdout: "drifted 7 120 1500 0 ? ? 12\n",
  },
  { name: "an exit code about what was asked", args: ["uc", "--format", "{state}"], code: 8, stdout: "drifted\n" },
  { name: "what is zero vanishes", args: format("{orphans?o{orphans}}"), code: 0, stdout: "" },
  { name: "what is not known vanishes", args: format("{updates?u{updates}}"), code: 0, stdout: "" },
  { name: "the contrary", args: format("{!updates?u}{!orphans?o}{!drift?d}"), code: 0, stdout: "uo\n" },
  { name: "states", args: format("{drifted?D}{in-sync?S}{failed?F}{!held?H}"), code: 0, stdout: "DH\n" },
  {
    name: "nothing that is hidden is shown",
    args: format("a{orphans?b{drift?c{red}{state}}d}e"),
    code: 0,
    stdout: "ae\n",
  },
  {
    name: "segments in segments",
    args: format("<{drift?{drift}{orphans?+{orphans}}{explicit? of {explicit}}}>"),
    code: 0,
    stdout: "<7 of 120>\n",
  },
  { name: "braces", args: format("{{{drift}}}"), code: 0, stdout: "{7}\n" },
  { name: "nothing", args: format(""), code: 0, stdout: "" },
  {
    name: "other letters",
    args: format("Δ{drift} ↑ 🙂"),
    code: 0,
    stdout: Buffer.from("Δ7 ↑ 🙂\n").toString("latin1"),
  },
  { name: "colours", args: format("{red}{drift}{reset}"), code: 0, stdout: "\x1b[31m7\x1b[0m\n" },
  {
    name: "a colour that ends by itself",
    args: format("{bold}{yellow}{drift}"),
    code: 0,
    stdout: "\x1b[1m\x1b[33m7\x1b[0m\n",
  },
  {
    name: "every colour",
    args: format("{dim}{black}{red}{green}{yellow}{blue}{magenta}{cyan}{white}{grey}"),
    code: 0,
    stdout: `${[2, 30, 31, 32, 33, 34, 35, 36, 37, 90, 0].map((code) => `\x1b[${code}m`).join("")}\n`,
  },
  {
    name: "for bash",
    args: format("{red}x", "--shell", "bash"),
    code: 0,
    stdout: "\x01\x1b[31m\x02x\x01\x1b[0m\x02\n",
  },
  { name: "for zsh", args: format("{red}x", "--shell=zsh"), code: 0, stdout: "%{\x1b[31m%}x%{\x1b[0m%}\n" },
  { name: "for fish", args: format("{red}x", "--shell", "fish"), code: 0, stdout: "\x1b[31mx\x1b[0m\n" },
  {
    name: "a name that is none",
    args: format("a {drifts}"),
    code: 1,
    stdout: "",
    stderr: wrong(3, "there is no such field or colour"),
  },
  { name: "no name", args: format("{}"), code: 1, stdout: "", stderr: wrong(1, "there is no such field or colour") },
  {
    name: "a name beyond all length",
    args: format(`{vulnerabilities}{${"vulnerabilities".padEnd(200, "x")}}`),
    code: 1,
    stdout: "",
    stderr: wrong(18, "there is no such field or colour"),
  },
  {
    name: "a field that is contradicted",
    args: format("{!drift}"),
    code: 1,
    stdout: "",
    stderr: wrong(1, "there is no such field or colour"),
  },
  {
    name: "a condition that is none",
    args: format("{red?x}"),
    code: 1,
    stdout: "",
    stderr: wrong(1, "there is no such condition"),
  },
  {
    name: "an error in what is hidden",
    args: format("Δ{orphans?{nope}}"),
    code: 1,
    stdout: "",
    stderr: wrong(12, "there is no such field or colour"),
  },
  {
    name: "a brace that is open",
    args: format("{drift?"),
    code: 1,
    stdout: "",
    stderr: wrong(8, "a brace is still open"),
  },
  {
    name: "a brace at the end",
    args: format("{drift"),
    code: 1,
    stdout: "",
    stderr: wrong(1, "after a brace comes a name, and then } or ?"),
  },
  {
    name: "a brace too much",
    args: format("{drift?x}}"),
    code: 1,
    stdout: "",
    stderr: wrong(10, "nothing is open that this brace could close"),
  },
  ...[..."$`\\%!", "\x07", "\x1b", "\n", "\x7f", "\u0085"].map((character) => ({
    name: `${JSON.stringify(character)}, which would not stay as it is`,
    args: format(`ab${character}`),
    code: 1,
    stdout: "",
    stderr: wrong(3, LITERAL),
  })),
];

const SURROUNDINGS: readonly Case[] = [
  {
    name: "NO_COLOR",
    args: format("{red}x{reset}"),
    options: { env: { NO_COLOR: "1" } },
    code: 0,
    stdout: "x\n",
  },
  {
    name: "NO_COLOR that is empty",
    args: format("{red}x"),
    options: { env: { NO_COLOR: "" } },
    code: 0,
    stdout: "\x1b[31mx\x1b[0m\n",
  },
  { name: "a dumb terminal", args: format("{red}x"), options: { env: { TERM: "dumb" } }, code: 0, stdout: "x\n" },
  {
    name: "another folder's variable that is relative, which omg refuses too",
    args: ["status"],
    options: { env: { OMG_CACHE_DIR: "cache" } },
    code: 3,
    stdout: "",
    stderr: `omg-fast: OMG_CACHE_DIR is not an absolute path.\n${PATHS}`,
  },
  {
    name: "an empty variable",
    args: ["status"],
    options: { env: { OMG_CACHE_DIR: "" } },
    code: 0,
    stdout: "drifted\n",
  },
];

const USAGE: readonly Case[] = [
  {
    name: "no word",
    args: [],
    code: 1,
    stdout: "",
    stderr: usage("It needs a word: status, drift, ec, tc, oc or uc."),
  },
  {
    name: "another word",
    args: ["lock"],
    code: 1,
    stdout: "",
    stderr: usage("It knows no such word: status, drift, ec, tc, oc and uc are all."),
  },
  {
    name: "an empty word",
    args: [""],
    code: 1,
    stdout: "",
    stderr: usage("It knows no such word: status, drift, ec, tc, oc and uc are all."),
  },
  { name: "two words", args: ["ec", "tc"], code: 1, stdout: "", stderr: usage("It answers one question at a time.") },
  ...["--color", "-f", "-", "--", "--help=yes", "--formats", "--form", "--shellx=bash"].map((option) => ({
    name: `the option ${option}`,
    args: ["ec", option],
    code: 1,
    stdout: "",
    stderr: usage("It has no such option: --format, --shell and --max-age are all."),
  })),
  ...["--format", "--shell", "--max-age"].map((option) => ({
    name: `${option} without its value`,
    args: ["ec", option],
    code: 1,
    stdout: "",
    stderr: usage(`${option} needs a value.`),
  })),
  ...["tcsh", "", "Bash"].map((shell) => ({
    name: `the shell ${JSON.stringify(shell)}`,
    args: ["ec", "--shell", shell],
    code: 1,
    stdout: "",
    stderr: usage("It knows no such shell: bash, zsh, fish and plain are all."),
  })),
  ...["", "48", "h", "-1h", "1.5h", "48 h", "1w", "1hh", "1h\n", "0x1s", "1000000000s", "١h"].map((age) => ({
    name: `the age ${JSON.stringify(age)}`,
    args: ["ec", `--max-age=${age}`],
    code: 1,
    stdout: "",
    stderr: usage("An age is a number and its unit, such as 90s, 30m, 48h or 7d."),
  })),
  {
    name: "a format of 1024 bytes",
    args: format("é".repeat(512)),
    code: 0,
    stdout: `${Buffer.from("é".repeat(512)).toString("latin1")}\n`,
  },
  {
    name: "a format of 1025 bytes",
    args: format(`x${"é".repeat(512)}`),
    code: 1,
    stdout: "",
    stderr: usage("The format is longer than 1024 bytes."),
  },
  {
    name: "the last of two values",
    args: ["ec", "--format", "{drift}", "--format={total}"],
    code: 0,
    stdout: "1500\n",
  },
  { name: "options before the word", args: ["--max-age", "1d", "ec"], code: 0, stdout: "120\n" },
  { name: "the version", args: ["--version"], code: 0, stdout: "omg-fast 0.1.0\n" },
  {
    name: "a version and a mistake",
    args: ["--version", "nope"],
    code: 1,
    stdout: "",
    stderr: usage("It knows no such word: status, drift, ec, tc, oc and uc are all."),
  },
  {
    name: "a full disk",
    args: ["ec"],
    options: { around: '"$@" > /dev/full' },
    code: 1,
    stdout: "",
    stderr: "omg-fast: The answer could not be written.\nNext: Make room where the output goes, and ask again.\n",
  },
  { name: "a closed output", args: ["ec"], options: { around: '"$@" >&-' }, code: 0, stdout: "" },
  { name: "all of them closed", args: ["uc"], options: { around: '"$@" <&- >&- 2>&-' }, code: 8, stdout: "" },
  {
    name: "a reader that went away",
    args: ["ec"],
    options: { around: '{ sleep 0.3; "$@"; echo "$?" >&2; } | true' },
    code: 0,
    stdout: "",
    stderr: "omg-fast: The answer could not be written.\nNext: Make room where the output goes, and ask again.\n1\n",
  },
  {
    name: "a format that is not UTF-8",
    args: ["ec"],
    options: { around: '"$@" --format "$(printf "\\377")"' },
    code: 1,
    stdout: "",
    stderr: usage("An argument is not valid UTF-8."),
  },
];

describe.runIf(HERE)("omg-fast", () => {
  let lab: FastLab;
  beforeAll(() => {
    lab = createFastLab();
  });
  afterAll(() => lab.dispose());

  const statusFile = () => join(lab.folder, "run/omg.status");

  const put = (status: Case["status"]) => {
    rmSync(dirname(statusFile()), { recursive: true, force: true });
    mkdirSync(dirname(statusFile()));
    if (typeof status === "function") status(statusFile());
    else writeFileSync(statusFile(), status ?? statusBytes());
  };

  describe.each(["native", "script"] as const)("the %s", (which) => {
    const check = ({ args, status, options, code, stdout, stderr = "" }: Case) => {
      put(status);
      const env = { OMG_RUNTIME_DIR: join(lab.folder, "run"), ...options?.env };
      expect(lab.run(which, args, { ...options, env })).toEqual({ code, stdout, stderr });
    };
    it.each(QUESTIONS)("answers: $name", check);
    it.each(FILES)("with a file that is $name", check);
    it.each(TIMES)("with a status $name", check);
    it.each(FORMATS)("fills a format: $name", check);
    it.each(SURROUNDINGS)("in surroundings with $name", check);
    it.each(USAGE)("is asked with $name", check);
  });

  it("has one help, which names all that it takes", () => {
    const help = lab.run("native", ["--help"]);
    expect(help).toEqual(lab.run("script", ["-h"]));
    expect([help.code, help.stderr]).toEqual([0, ""]);
    for (const word of ["status|drift|ec|tc|oc|uc", "--format", "--shell", "--max-age"])
      expect(help.stdout).toContain(word);
    for (const line of help.stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });
});
