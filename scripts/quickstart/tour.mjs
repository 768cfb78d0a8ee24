// The tour itself: each step says what it is about, shows the command and its real output, and is checked against dpkg.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withRequests } from "./edit.mjs";
import { choosePackages, updateLists } from "./packages.mjs";
import { run } from "./run.mjs";
import { command, heading, print, printDiff, say, style } from "./screen.mjs";
import { Stop } from "./stop.mjs";

const UNREACHABLE = 8;

/** Throws Stop at the first step that does not end as it should. */
export async function tour(lab) {
  introduce(lab);
  const names = await packagesFor(lab);
  await capture(lab);
  if (names instanceof Stop) return stopAfterCapture(lab, names);
  await edit(lab, names);
  await planAndApply(lab, names);
  await drift(lab, names);
  await rollback(lab, names);
  explainForReal();
}

/** Where there is no apt there is no tour, but omg itself can be seen. */
export function showHelpOnly(clone, missing) {
  heading("The tour needs apt and dpkg, which this machine does not have");
  say(`Not found: ${missing.join(", ")}. omg is built, and this is what it can do:`);
  command("./bin/omg --help");
  spawnSync(join(clone, "bin/omg"), ["--help"], { stdio: ["ignore", "inherit", "inherit"] });
  print();
  say("For the tour, use Debian or Ubuntu; a container will do, with this folder in it:");
  print('  docker run --rm -it -v "$PWD:/omg" node:22-bookworm /omg/quickstart');
  return 1;
}

function introduce({ root, copied, keyringAdded }) {
  const installed = readFileSync(join(root, "var/lib/dpkg/status"), "utf8").match(/^Status: \S+ ok installed$/gm) ?? [];
  heading("omg at work");
  say(
    `.quickstart/root now holds a copy of this machine's package database: ${installed.length} packages. ` +
      "From here on the real apt and dpkg install real signed packages, but into that folder. " +
      (copied > 0
        ? "The lists of what can be installed are the machine's own."
        : "This machine has no lists of what can be installed, so they are fetched.") +
      (keyringAdded ? " Its sources do not say whose signature counts; in the copy they do (Signed-By)." : ""),
  );
}

/** Names, or the reason why there are none. */
async function packagesFor(lab) {
  const problem = lab.copied > 0 ? undefined : await updateLists(lab);
  const first = await choose(lab);
  if (!(first instanceof Stop) || lab.copied === 0) return problem === undefined ? first : unlessChosen(first, problem);
  const update = await updateLists(lab);
  return update === undefined ? choose(lab) : unlessChosen(first, update);
}

/** Why the lists could not be fetched explains better than what is missing in them. */
function unlessChosen(chosen, problem) {
  return chosen instanceof Stop ? new Stop("they cannot be fetched:", [problem]) : chosen;
}

async function choose(lab) {
  try {
    return await choosePackages(lab);
  } catch (thrown) {
    if (!(thrown instanceof Stop) || thrown.exit !== 1) throw thrown;
    return thrown;
  }
}

async function capture(lab) {
  heading("1. Capture");
  say(
    "What is installed is written down in omg.lock: what was asked for, and below it the exact version and hash of everything.",
  );
  await omg(lab, ["env", "capture"]);
  await shown(lab, "head", ["-n", "12", "omg.lock"]);
}

/** Without packages to install there is still something to see. */
async function stopAfterCapture(lab, reason) {
  heading("2. Check");
  say("Just captured, so this machine is as its lock says.");
  await omg(lab, ["check"]);
  throw new Stop(`the rest of the tour installs small packages, and ${reason.message}`, reason.lines, UNREACHABLE);
}

async function edit(lab, names) {
  heading("2. Edit");
  say(`In the lock one line is one package. This asks for ${names.join(" and ")}, in any version:`);
  const path = join(lab.environment, "omg.lock");
  const before = readFileSync(path, "utf8");
  const after = withRequests(before, names);
  if (after === undefined) throw new Stop("the captured lock has no section for the packages of apt.", [path]);
  writeFileSync(`${path}.captured`, before);
  writeFileSync(path, after);
  command("diff -U1 omg.lock.captured omg.lock");
  printDiff(
    (await run("diff", ["-U1", "omg.lock.captured", "omg.lock"], { env: lab.env, cwd: lab.environment })).stdout,
  );
  print();
  say("The version that this means today is pinned, so that it means the same everywhere and tomorrow:");
  await omg(lab, ["lock"]);
}

async function planAndApply(lab, names) {
  heading("3. Plan");
  say("apt's own solver says what would have to happen. Nothing is changed by looking.");
  await omg(lab, ["plan"]);
  heading("4. Apply");
  say("Fetched, checked against the signed index, installed, and read again. --yes, because the plan was just shown:");
  await omg(lab, ["apply", "--yes"]);
  await expectInstalled(lab, names, true);
  say("And omg's own word for it:");
  await omg(lab, ["check"]);
}

async function drift(lab, names) {
  const [gone] = names;
  heading("5. Drift");
  say(`Somebody removes ${gone} by hand, past omg:`);
  await shown(lab, "apt-get", ["-qq", "--yes", "remove", gone]);
  await expectInstalled(lab, [gone], false, { quiet: true });
  print();
  say("The check finds it (exit code 2, for scripts), and an apply puts it back:");
  await omg(lab, ["check"], 2);
  await omg(lab, ["apply", "--yes"]);
  await expectInstalled(lab, names, true, { quiet: true });
}

async function rollback(lab, names) {
  heading("6. Back again");
  say("Every apply is a generation. 0 is how omg found this machine, and one can go back to any of them:");
  await omg(lab, ["history"]);
  await omg(lab, ["rollback", "system:0", "--yes"]);
  await expectInstalled(lab, names, false);
}

function explainForReal() {
  heading("For real");
  say("In a git repository of your own, with this folder's dist/ in your PATH:");
  print("  omg env capture          write omg.lock, then commit it");
  print("  omg plan                 after an edit: what would happen");
  print("  omg apply                shows it again, asks, and does it");
  say(
    "Changing the machine takes root: run `omg setup` once as root (it says what it puts where, and does it with --yes), or run omg as root.",
  );
}

/** Runs omg as typed, its output going straight to the user. */
async function omg(lab, args, expected = 0) {
  await shown(lab, "omg", args, expected);
}

async function shown(lab, file, args, expected = 0) {
  const typed = [file, ...args].join(" ");
  command(typed);
  const { code } = await run(file, args, { env: lab.env, cwd: lab.environment, show: true });
  if (expected !== 0 && code === expected) print(style("dim", `(exit ${code})`));
  if (code === expected) return;
  throw new Stop(`\`${typed}\` ended with ${code}, and ${expected} was expected. What it said is above.`, [
    "Nothing outside this folder was changed.",
  ]);
}

const QUERY_FORMAT = `${["Package", "Version", "db:Status-Status"].map((field) => `\${${field}}`).join(" ")}\\n`;

/** dpkg has the last word on what is installed; `quiet`: without showing it. */
async function expectInstalled(lab, names, wanted, { quiet = false } = {}) {
  const args = ["--show", "--showformat", QUERY_FORMAT, ...names];
  const { stdout } = await run("dpkg-query", args, {
    env: { ...lab.env, DPKG_ADMINDIR: join(lab.root, "var/lib/dpkg") },
  });
  const found = stdout.split("\n").filter((line) => line.endsWith(" installed"));
  if (!quiet) {
    print();
    say(
      wanted
        ? `dpkg agrees: ${found.join(", ")}.`
        : found.length === 0
          ? "dpkg agrees: none of them is installed any more."
          : "",
    );
  }
  if (found.length === (wanted ? names.length : 0)) return;
  throw new Stop(
    `dpkg does not agree that ${names.join(" and ")} ${wanted ? "are installed" : "are gone"}:`,
    stdout.trim().split("\n"),
  );
}
