// Which packages the tour installs: small real ones that this machine lacks, without scripts that would run on it.
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { run, runOk } from "./run.mjs";
import { Stop } from "./stop.mjs";

/** In the order of preference. */
const CANDIDATES = "hello cowsay sl tree sysvbanner cmatrix rig entr ascii nyancat ncdu wdiff dos2unix pv".split(" ");
/** How many of them the tour installs, where there are as many. */
const WANTED = 2;
/** Packages that one of them may bring along, itself included, and the size of each. */
const MOST_TOGETHER = 3;
const MOST_BYTES = 300_000;

/** Names that can be installed here, at most WANTED, each proved by apt's own simulation and by the package itself. */
export async function choosePackages(lab) {
  const chosen = [];
  const refused = [];
  for (const name of CANDIDATES) {
    const problem = await problemWith(name, lab);
    if (problem === undefined) chosen.push(name);
    else refused.push(`${name}: ${problem}`);
    if (chosen.length === WANTED) return chosen;
  }
  if (chosen.length > 0) return chosen;
  throw new Stop("none of those that it knows will do here:", refused);
}

async function problemWith(name, lab) {
  const { code, stdout, stderr } = await run("apt-get", ["-qq", "-s", "install", name], lab);
  if (code !== 0) return firstLine(stderr) ?? `apt-get ended with ${code}`;
  const news = stdout
    .split("\n")
    .flatMap((line) => /^Inst (\S+) \((\S+) .*\[(\S+)\]\)/.exec(line)?.slice(1, 4).join(" ") ?? []);
  const touched = new Set(stdout.split("\n").flatMap((line) => /^(?:Inst|Conf|Remv|Purg) (\S+)/.exec(line)?.[1] ?? []));
  if (touched.size === 0) return "is installed here";
  if (news.length !== touched.size || touched.size > MOST_TOGETHER) return "would change more than itself";
  return problemWithFiles(
    news.map((each) => each.split(" ")),
    lab,
  );
}

/** Fetched once more by omg itself later: this is to look at only. */
async function problemWithFiles(packages, lab) {
  const folder = join(lab.folder, "look");
  mkdirSync(folder);
  try {
    const names = packages.map(([name, version, arch]) => `${name}${arch === "all" ? "" : `:${arch}`}=${version}`);
    const { code, stderr } = await run("apt-get", ["-qq", "download", ...names], { ...lab, cwd: folder });
    // The next one would fail in the same way, after the same wait.
    if (code !== 0) throw new Stop("they cannot be fetched:", [firstLine(stderr) ?? `apt-get ended with ${code}`]);
    for (const file of readdirSync(folder)) {
      const problem = await problemWithin(join(folder, file), lab);
      if (problem !== undefined) return problem;
    }
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** `deb(5)`: the control archive may hold nothing that runs, and every file must be root's own. */
async function problemWithin(path, lab) {
  const size = Number((await runOk("stat", ["-c", "%s", path], lab)).trim());
  if (size > MOST_BYTES) return `is larger than ${MOST_BYTES} bytes`;
  const control = (await runOk("dpkg-deb", ["--info", path], lab))
    .split("\n")
    .flatMap((line) => /^ +\d+ bytes, +\d+ lines +\*? *(\S+)/.exec(line)?.[1] ?? []);
  const more = control.filter((name) => !["control", "md5sums"].includes(name));
  if (control.length === 0 || more.length > 0) return `has ${more.join(", ") || "no control file"}`;
  const listing = (await runOk("dpkg-deb", ["--contents", path], lab)).split("\n").filter(Boolean);
  return listing.every((line) => /^[dlh-][rwx-]{9} root\/root /.test(line)) ? undefined : "has files of other owners";
}

function firstLine(text) {
  return text
    .split("\n")
    .find((line) => line.startsWith("E: "))
    ?.slice(3);
}

/** Lists of packages of our own, where the machine has none or they are too old to fetch by. Gives what went wrong. */
export async function updateLists(lab) {
  const { code, stderr } = await run("apt-get", ["-qq", "update", "-o", "APT::Update::Error-Mode=any"], lab);
  return code === 0 ? undefined : (firstLine(stderr) ?? `apt-get update ended with ${code}`);
}
