import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Contender } from "../measure.ts";
import { type Root, run } from "../root.ts";
import { lines, type Table, type World } from "../world.ts";

const TIMES = 100;
const DEPTH = 20;
/** Three runtimes with one version each, whose program is /bin/true: what is measured is the way to it. */
const VERSIONS = { node: "20.19.5", python: "3.12.7", go: "1.23.4" } as const;

interface Project {
  readonly root: Root;
  /** Asks for the three. */
  readonly folder: string;
  /** 20 folders below it. */
  readonly deep: string;
  readonly shims: string;
  readonly fast: string;
  readonly mise: string | undefined;
  readonly miseEnv: string;
}

/** What a shell and its tools cost in a project's folder, beside mise with the same versions of the same programs. */
export async function folder(world: World): Promise<Table> {
  const project = prepare(world);
  const { fast, shims, deep } = project;
  const against = `sh -c /bin/true, ${TIMES} times`;
  const timings = await lines(world, project.root, [
    script(project, against, "sh", "", "/bin/true"),
    hooked(
      project,
      "omg: a prompt where nothing changed",
      omgHook(world),
      `cd '${project.folder}'; __omg_hook`,
      "__omg_hook",
    ),
    beside(project, "mise: a prompt where nothing changed", (mise) =>
      hooked(project, "mise: a prompt where nothing changed", mise, `cd '${project.folder}'; _mise_hook`, "_mise_hook"),
    ),
    hooked(
      project,
      "omg: in and out of the project",
      omgHook(world),
      ":",
      `cd '${project.folder}'; __omg_hook; cd /; __omg_hook`,
    ),
    beside(project, "mise: in and out of the project", (mise) =>
      hooked(
        project,
        "mise: in and out of the project",
        mise,
        ":",
        `cd '${project.folder}'; _mise_hook; cd /; _mise_hook`,
      ),
    ),
    script(project, "omg: node through a shim", "sh", `cd '${project.folder}'`, `${shims}/node`),
    beside(project, "mise: node through a shim", () =>
      script(
        project,
        "mise: node through a shim",
        "sh",
        `${project.miseEnv} cd '${project.folder}'`,
        `${project.root.folder}/mise/shims/node`,
      ),
    ),
    script(project, "omg-fast exec -- true", "sh", `cd '${project.folder}'`, `${fast} exec -- true`),
    beside(project, "mise x -- true", () =>
      script(project, "mise x -- true", "sh", `${project.miseEnv} cd '${project.folder}'`, `${project.mise} x -- true`),
    ),
    script(project, `omg: node through a shim, ${DEPTH} folders down`, "sh", `cd '${deep}'`, `${shims}/node`),
    beside(project, `mise: node through a shim, ${DEPTH} folders down`, () =>
      script(
        project,
        `mise: node through a shim, ${DEPTH} folders down`,
        "sh",
        `${project.miseEnv} cd '${deep}'`,
        `${project.root.folder}/mise/shims/node`,
      ),
    ),
  ]);
  return { title: `A project's folder: ${TIMES} times each, from a shell`, unit: "ms", timings, against };
}

function prepare(world: World): Project {
  const root = world.base;
  const data = join(root.env.OMG_DATA_DIR ?? "", process.getuid?.() === 0 ? "user" : "");
  const folder = join(root.folder, "shop");
  const deep = join(folder, ...Array.from({ length: DEPTH }, (_, index) => `level-${index}`));
  mkdirSync(deep, { recursive: true });
  for (const [runtime, version] of Object.entries(VERSIONS)) {
    const bin = join(data, "versions", runtime, version, "bin");
    mkdirSync(bin, { recursive: true });
    symlinkSync("/bin/true", join(bin, runtime));
  }
  const asked = Object.entries(VERSIONS).map(([runtime, version]) => `${runtime} ${version}\n`);
  writeFileSync(join(folder, ".tool-versions"), asked.join(""));
  run(root, process.execPath, [world.omg, "hook", "bash"]);
  const fast = join(dirname(world.omg), "omg-fast");
  return {
    root,
    folder,
    deep,
    shims: join(data, "shims"),
    fast,
    mise: world.tools.mise,
    miseEnv: miseIn(root, data, world.tools.mise),
  };
}

/** mise with the same programs, as versions that it was told of, and its shims. */
function miseIn(root: Root, data: string, program: string | undefined): string {
  const own = join(root.folder, "mise");
  for (const [runtime, version] of Object.entries(VERSIONS)) {
    mkdirSync(join(own, "installs", runtime), { recursive: true });
    symlinkSync(join(data, "versions", runtime, version), join(own, "installs", runtime, version));
  }
  const folders = ["DATA", "CACHE", "STATE", "CONFIG"].map((name) => `MISE_${name}_DIR='${own}'`);
  mkdirSync(join(own, "shims"), { recursive: true });
  if (program !== undefined) symlinkSync(program, join(own, "shims/node"));
  return `export ${folders.join(" ")} MISE_OFFLINE=1 MISE_TRUSTED_CONFIG_PATHS=/;`;
}

function beside(project: Project, name: string, make: (hook: string) => Contender): Contender | string {
  if (project.mise === undefined) return name;
  return make(`${project.miseEnv} eval "$(${project.mise} activate bash)"`);
}

function omgHook({ omg }: World): string {
  return `eval "$('${process.execPath}' '${omg}' hook bash)"`;
}

/** A shell with a hook that runs a line many times, and then must find the project's Node. */
function hooked(project: Project, name: string, hook: string, before: string, line: string): Contender {
  const enter = `cd '${project.folder}'; if type __omg_hook >/dev/null 2>&1; then __omg_hook; else _mise_hook; fi`;
  const after = `${enter}; case "$(command -v node)" in */${VERSIONS.node}/bin/node) ;; *) exit 9 ;; esac`;
  return script(project, name, "bash", `${hook}; ${before}`, line, after);
}

function script(
  { root }: Project,
  name: string,
  shell: "sh" | "bash",
  before: string,
  line: string,
  after = "",
): Contender {
  const path = join(root.folder, `${name.replaceAll(/\W+/g, "-")}.sh`);
  writeFileSync(path, `${before}\ni=0; while [ $i -lt ${TIMES} ]; do ${line}; i=$((i + 1)); done\n${after}\n`);
  chmodSync(path, 0o755);
  return { name, command: [shell, path] };
}
