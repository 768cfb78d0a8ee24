import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  cpSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFile,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lostNotices } from "../../../daemon/notices.ts";
import { openVigil, type Vigil } from "../../../daemon/serve/vigil.ts";
import { type Look, type Looked, lookAt } from "../../../host/look.ts";

const COUNT = 100;
const HERE = process.platform === "linux";
const CAN_MOUNT = HERE && process.getuid?.() === 0;

let folder: string;
let looks: string[] = [];
let told = 0;
let vigil: Vigil | undefined;

const local = (...names: readonly string[]) => join(folder, "lib/local", ...names);
const desc = (number: number) => local(`package-${number}`, "desc");
const seen = (path: string, look: Look): Looked => [path, look, lookAt(path, look)];

function open(looked: readonly Looked[] = everything()): Vigil {
  vigil = openVigil(
    looked,
    () => {
      told += 1;
    },
    (path, look) => {
      looks.push(path);
      return lookAt(path, look);
    },
  );
  return vigil;
}

/** As `open`, by one that was open before. */
function openNext(): Vigil {
  vigil = (vigil ?? open()).next(everything());
  return vigil;
}

/** What the kernel is to tell this process of: proc(5), /proc/pid/fdinfo. */
function watches(): number {
  return readdirSync("/proc/self/fdinfo").reduce((sum, fd) => {
    try {
      return sum + (readFileSync(`/proc/self/fdinfo/${fd}`, "latin1").match(/^inotify wd/gm)?.length ?? 0);
    } catch {
      return sum;
    }
  }, 0);
}

/** As a package manager's folder is looked at: its names, then a file of each. */
function everything(): readonly Looked[] {
  const descs = Array.from({ length: COUNT }, (_, number) => seen(desc(number), "itself"));
  return [seen(local(), "entries"), seen(join(folder, "config"), "itself"), ...descs];
}

async function stands(of: Vigil): Promise<boolean> {
  await of.caughtUp();
  return of.stands();
}

/** By another process, which has ended when this returns. */
function sh(script: string): void {
  execFileSync("sh", ["-ec", script], { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "omg-vigil-"));
  for (let number = 0; number < COUNT; number += 1) {
    mkdirSync(local(`package-${number}`), { recursive: true });
    writeFileSync(desc(number), `%NAME%\npackage-${number}\n`);
  }
  writeFileSync(join(folder, "config"), "");
  [looks, told] = [[], 0];
});

afterEach(() => {
  vigil?.end();
  vigil = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const CHANGES: Readonly<Record<string, string>> = {
  "written in place, as pacman -D does": `echo x > ${"lib/local/package-7/desc"}`,
  "written with its old time":
    "touch -r lib/local/package-7/desc keep; echo x >> lib/local/package-7/desc; touch -r keep lib/local/package-7/desc",
  "cut off": "truncate -s 1 lib/local/package-7/desc",
  "written through another link": "echo x >> other",
  "replaced by a file that is renamed": "echo x > next; mv next lib/local/package-7/desc",
  removed: "rm lib/local/package-7/desc",
  "removed and made again":
    "cp lib/local/package-7/desc next; rm lib/local/package-7/desc; cp next lib/local/package-7/desc",
  renamed: "mv lib/local/package-7/desc lib/local/package-7/old",
  "with other rights": "chmod 600 lib/local/package-7/desc",
  "with its folder gone": "rm -r lib/local/package-7",
  "with its folder in another place": "mv lib/local/package-7 away; cp -a away lib/local/package-7",
  "with a link in the place of its folder": "mv lib/local/package-7 away; ln -s ../../away lib/local/package-7",
  "with one more beside it": "mkdir lib/local/package-new",
  "with all of them in another place": "mv lib/local lib/was; cp -a lib/was lib/local",
  "with a folder above them in another place": "mv lib was; cp -a was lib",
  "with something else that was looked at": "echo x >> config",
};

describe.runIf(HERE)("a vigil over many files", () => {
  it("stands while nothing changes, without a look at each", async () => {
    const over = open();
    expect(await stands(over)).toBe(true);
    expect(looks).toHaveLength(COUNT + 2);
    for (const _ of [1, 2, 3]) {
      looks = [];
      expect(await stands(over)).toBe(true);
      expect(looks).toEqual([local(), join(folder, "config")]);
    }
    expect(told).toBe(0);
  });

  const everyChange = [open, openNext].flatMap((by) => Object.entries(CHANGES).map((each) => [...each, by] as const));
  it.each(everyChange)("no longer stands once one is %s, from then on", async (_, script, by) => {
    linkSync(desc(7), join(folder, "other"));
    const over = by();
    expect(await stands(over)).toBe(true);
    // As long as clocks of file systems may take to go on.
    await pause(30);
    sh(script);
    expect(await stands(over)).toBe(false);
    expect(await stands(over)).toBe(false);
  });

  it("goes on by the same notices for what was seen since, but of what was touched", async () => {
    expect(await stands(open())).toBe(true);
    const before = watches();
    sh("for n in 1 2; do echo x > next; mv next lib/local/package-$n/desc; done");
    for (const _ of [1, 2, 3]) {
      looks = [];
      expect(await stands(openNext())).toBe(true);
      expect(looks).toHaveLength(COUNT + 2);
      expect(await stands(openNext())).toBe(true);
    }
    expect(watches()).toBe(before);
    const lost = lostNotices();
    expect(await stands(openNext())).toBe(true);
    // Nothing was closed, which would have taken notices along.
    expect(lostNotices()).toBe(lost);
    sh("echo y >> lib/local/package-2/desc");
    expect(await stands(openNext())).toBe(true);
    sh("echo y >> lib/local/package-2/desc");
    expect(vigil && (await stands(vigil))).toBe(false);
    vigil?.end();
    vigil = undefined;
    expect(watches()).toBeLessThanOrEqual(before - COUNT);
  });

  it("knows of what changed just before it was asked, a hundred times", async () => {
    for (let round = 0; round < 100; round += 1) {
      writeFileSync(desc(round), "before");
      const over = open();
      expect(await stands(over)).toBe(true);
      appendFileSync(desc(round), "x");
      expect(await stands(over)).toBe(false);
      over.end();
    }
  });

  it("knows of what changed after the kernel was last asked in this round of the event loop", async () => {
    const over = open();
    expect(await stands(over)).toBe(true);
    const said = new Promise<boolean>((resolve) => {
      // Called where questions are read, too.
      readFile(desc(1), () => {
        appendFileSync(desc(7), "x");
        void stands(over).then(resolve);
      });
    });
    expect(await said).toBe(false);
  });

  it("knows of what changed while it was opened, or was not as it was seen", async () => {
    const before = everything();
    appendFileSync(desc(3), "x");
    expect(await stands(open(before))).toBe(false);
  });

  it("looks at nothing but what changed, until that is as it was", async () => {
    mkdirSync(join(folder, "there"));
    const over = open([...everything(), seen(join(folder, "there"), "presence")]);
    expect(await stands(over)).toBe(true);
    for (const [change, path, back] of [
      ["rm -r there", join(folder, "there"), "mkdir there"],
      ["echo x >> lib/local/package-99/desc", desc(99), undefined],
    ] as const) {
      sh(change);
      expect(await stands(over)).toBe(false);
      looks = [];
      for (const _ of [1, 2, 3]) expect(await stands(over)).toBe(false);
      expect(looks).toEqual([path, path, path]);
      if (back === undefined) continue;
      sh(back);
      expect(await stands(over)).toBe(true);
    }
  });

  it("looks at each again once notices may have been lost", async () => {
    const queued = Number(readFileSync("/proc/sys/fs/inotify/max_queued_events", "latin1"));
    // What is looked after for another reason has the same queue.
    mkdirSync(join(folder, "busy"));
    const over = open([...everything(), seen(join(folder, "busy"), "presence")]);
    expect(await stands(over)).toBe(true);
    for (let count = 0; count < queued; count += 1) writeFileSync(join(folder, "busy", String(count % 2)), "");
    appendFileSync(desc(7), "x");
    expect(await stands(over)).toBe(false);
  });

  it("looks at each again, and believes notices again, where they may have been lost and nothing changed", async () => {
    const queued = Number(readFileSync("/proc/sys/fs/inotify/max_queued_events", "latin1"));
    mkdirSync(join(folder, "busy"));
    const over = open([...everything(), seen(join(folder, "busy"), "presence")]);
    expect(await stands(over)).toBe(true);
    for (let count = 0; count < queued; count += 1) writeFileSync(join(folder, "busy", String(count % 2)), "");
    looks = [];
    expect(await stands(over)).toBe(true);
    expect(looks.length).toBeGreaterThan(COUNT);
    looks = [];
    expect(await stands(over)).toBe(true);
    expect(looks).toHaveLength(3);
  });

  it("looks at each where they are reached by a link, or are one", async () => {
    renameSync(local("package-7"), join(folder, "package-7"));
    symlinkSync("../../package-7", local("package-7"));
    renameSync(desc(8), join(folder, "desc-8"));
    symlinkSync("../../../desc-8", desc(8));
    const over = open();
    await stands(over);
    looks = [];
    expect(await stands(over)).toBe(true);
    expect(looks).toEqual([local(), join(folder, "config"), desc(7), desc(8)]);
    await pause(30);
    sh("mv package-7 away; cp -a away package-7");
    expect(await stands(over)).toBe(false);
  });

  it("looks at each where they are few, or no names were looked at", async () => {
    const few = open(everything().slice(0, 20));
    await stands(few);
    looks = [];
    await stands(few);
    expect(looks).toHaveLength(20);
    few.end();
    const nameless = open(everything().slice(1));
    await stands(nameless);
    looks = [];
    await stands(nameless);
    expect(looks).toHaveLength(COUNT + 1);
  });

  it("does not look for what cannot be there while others are as they were", async () => {
    mkdirSync(join(folder, "lists"));
    const gone = (...names: readonly string[]) => seen(join(folder, ...names), "itself");
    const all = [
      seen(join(folder, "lists"), "entries"),
      gone("lists", "all.xz"),
      gone("versions"),
      gone("versions", "node"),
      gone("versions", "node", "current"),
      gone("lists-of-others"),
      gone("lists", "partial", "x"),
    ];
    const needed = ["lists", "versions", "lists-of-others", "lists/partial/x"].map((name) => join(folder, name));
    const changes = [
      "echo > lists/all.xz",
      "mkdir -p versions/node; echo > versions/node/current",
      "echo > lists-of-others",
      "mkdir lists/partial; echo > lists/partial/x",
    ];
    for (const change of changes) {
      const over = open(all);
      looks = [];
      expect(await stands(over)).toBe(true);
      expect(looks).toEqual(needed);
      await pause(30);
      sh(change);
      expect(await stands(over)).toBe(false);
      over.end();
      sh("rm -rf versions lists-of-others lists/*");
      all.splice(0, 1, seen(join(folder, "lists"), "entries"));
    }
  });

  it.each([open, openNext])("tells soon of what changes, where it is by $name", async (by) => {
    const over = by();
    await stands(over);
    const config = () => appendFileSync(join(folder, "config"), "x");
    for (const change of [
      config,
      () => chmodSync(desc(1), 0o600),
      () => utimesSync(local(), 1, 1),
      () => rmSync(desc(2)),
    ]) {
      const before = told;
      change();
      await over.caughtUp();
      await expect.poll(() => told).toBeGreaterThan(before);
    }
  });

  it.runIf(CAN_MOUNT)("knows of what is mounted over one, and of what that hides", async () => {
    cpSync(desc(7), join(folder, "same"), { preserveTimestamps: true });
    const over = open();
    expect(await stands(over)).toBe(true);
    try {
      sh("mount --bind same lib/local/package-7/desc");
      expect(await stands(over)).toBe(false);
    } finally {
      sh("umount lib/local/package-7/desc");
    }
    expect(await stands(over)).toBe(true);
    try {
      sh("mkdir -p elsewhere; mount -t tmpfs none elsewhere");
      looks = [];
      // Nothing of these: they are looked at once, and believed again.
      expect(await stands(over)).toBe(true);
      expect(looks.length).toBeGreaterThan(COUNT);
      looks = [];
      expect(await stands(over)).toBe(true);
      expect(looks).toHaveLength(2);
    } finally {
      sh("umount elsewhere");
    }
    expect(lstatSync(desc(7)).isFile()).toBe(true);
  });

  it.runIf(CAN_MOUNT)(
    "is told by changes through another mount, and looks at each on a file system whose changes come from elsewhere",
    async () => {
      const over = open();
      expect(await stands(over)).toBe(true);
      sh("mkdir lower upper work merged mirror");
      try {
        sh("mount --bind lib mirror");
        expect(await stands(over)).toBe(true);
        sh("echo x >> mirror/local/package-7/desc");
        expect(await stands(over)).toBe(false);
      } finally {
        sh("umount mirror");
      }
      over.end();
      sh("cp -a lib/local/. lower");
      sh("mount -t overlay none -o lowerdir=lower,upperdir=upper,workdir=work merged");
      try {
        const merged = (number: number) => join(folder, "merged", `package-${number}`, "desc");
        const descs = Array.from({ length: COUNT }, (_, number) => seen(merged(number), "itself"));
        const overlaid = open([seen(join(folder, "merged"), "entries"), ...descs]);
        await stands(overlaid);
        looks = [];
        expect(await stands(overlaid)).toBe(true);
        expect(looks).toHaveLength(COUNT + 1);
        overlaid.end();
      } finally {
        sh("umount merged");
      }
    },
  );
});
