import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { execute } from "../../../host/execute.ts";
import { createShellProvider } from "../../../providers/shell/index.ts";
import { diff } from "../../../reconciler/diff.ts";
import type { Base } from "../../../schema/model/base.ts";
import type { Diff } from "../../../schema/model/change.ts";
import type { PlatformLock } from "../../../schema/model/lock.ts";
import type { Provider } from "../../../schema/model/provider.ts";
import type { Address, Attributes } from "../../../schema/model/resource.ts";
import type { Transaction } from "../../../schema/model/transaction.ts";

const OPTIONS = {
  allowDowngrades: false,
  ownHolds: new Set<string>(),
  records: { artifact: () => undefined, stored: () => false },
};

let file: string;
let shell: Provider;

beforeEach(() => {
  file = join(mkdtempSync(join(tmpdir(), "omg-shell-")), "shell", "env.sh");
  mkdirSync(dirname(file));
  shell = createShellProvider({ file });
});
afterEach(() => rmSync(dirname(dirname(file)), { recursive: true, force: true }));

function lock(parts: Partial<PlatformLock>): PlatformLock {
  const empty = { packages: {}, runtimes: {}, env: {}, aliases: {}, pinned: true, pins: {}, indexes: {} };
  return { name: "me", path: "/lock", digest: "", platform: "debian-12-amd64", own: true, ...empty, ...parts };
}

function baseOf(wanted: PlatformLock): Base {
  const all = shell.desired(wanted).wanted;
  const owned = Object.fromEntries(
    all.map(({ name, attributes }): [Address, Attributes] => [`shell.${name}`, attributes]),
  );
  return { lock: { name: "me", repository: "local:/" }, generation: 1, wanted: all, owned };
}

async function difference(wanted: PlatformLock, base?: Base): Promise<Diff> {
  const observed = new Map([["shell", await shell.observe()]]);
  const versioning = new Map([["shell", shell.versioning]]);
  return diff({
    elsewhere: new Set(),
    base,
    desired: [shell.desired(wanted)],
    observed,
    versioning,
    allowDowngrades: false,
    rollback: false,
  });
}

/** One run: what the reconciler does with a provider, on the real file. */
async function apply(wanted: PlatformLock, base?: Base): Promise<Transaction> {
  const { changes } = await difference(wanted, base);
  const transaction = await shell.resolve(changes, await shell.observe(), OPTIONS);
  for (const operation of shell.operations(transaction, "/nowhere")) {
    await execute(operation, { objectPath: () => expect.unreachable(), onOutput: () => undefined });
  }
  return transaction;
}

const did = (transaction: Transaction): string[] => transaction.steps.map(({ kind, name }) => `${kind} ${name}`);

describe("apply", () => {
  const first = lock({ env: { EDITOR: "nvim" }, aliases: { ll: "ls -alF" } });

  it("writes one file that only its user can read, and is then done", async () => {
    const transaction = await apply(first);
    expect(did(transaction)).toEqual(["install file", "install env.EDITOR", "install alias.ll"]);
    expect(shell.operations(transaction, "/nowhere")).toHaveLength(1);
    expect(readFileSync(file, "utf8")).toContain("export EDITOR='nvim'\nalias ll='ls -alF'\n");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect((await difference(first)).changes).toEqual([]);
    expect(did(await apply(first))).toEqual([]);
  });

  it("changes a value, adds one and takes one out", async () => {
    await apply(first);
    const second = lock({ env: { EDITOR: "ed", PAGER: "less" } });
    expect(did(await apply(second, baseOf(first))).sort()).toEqual([
      "install env.PAGER",
      "modify env.EDITOR",
      "remove alias.ll",
    ]);
    expect(readFileSync(file, "utf8").split("\n").slice(2)).toEqual(["export EDITOR='ed'", "export PAGER='less'", ""]);
  });

  it("removes the file with its last setting", async () => {
    await apply(first);
    expect(did(await apply(lock({}), baseOf(first)))).toHaveLength(3);
    expect(existsSync(file)).toBe(false);
  });

  it("leaves settings alone that somebody else put there, and keeps the file for them", async () => {
    await apply(first);
    writeFileSync(file, readFileSync(file, "utf8").replace("\nalias", "\nexport MINE='1'\nalias"));
    expect((await difference(first, baseOf(first))).unmanaged).toEqual(["shell.env.MINE"]);
    await apply(lock({}), baseOf(first));
    expect(readFileSync(file, "utf8").split("\n").slice(2)).toEqual(["export MINE='1'", ""]);
  });
});

describe("drift", () => {
  const wanted = lock({ env: { EDITOR: "nvim" } });

  it("is a value changed by hand", async () => {
    await apply(wanted);
    writeFileSync(file, readFileSync(file, "utf8").replace("nvim", "vi"));
    const { drift, changes } = await difference(wanted, baseOf(wanted));
    expect(drift).toEqual([{ address: "shell.env.EDITOR", before: { value: "nvim" }, after: { value: "vi" } }]);
    expect(changes).toMatchObject([{ kind: "modify", cause: "drift" }]);
  });

  it.each([
    ["a line of somebody's", (text: string) => `${text}echo hello\n`],
    ["a lost header", (text: string) => text.replace(/^#.*\n/, "")],
    ["other quoting", (text: string) => text.replace("'nvim'", '"nvim"')],
    ["bytes that are no text", (text: string) => Buffer.concat([Buffer.from(text), Buffer.from([0xff, 0x0a])])],
  ])("is %s, and one run puts it right", async (_, edit) => {
    await apply(wanted);
    const before = readFileSync(file, "utf8");
    writeFileSync(file, edit(before));
    expect((await difference(wanted, baseOf(wanted))).drift.map(({ address }) => address)).toContain("shell.file");
    const transaction = await apply(wanted, baseOf(wanted));
    expect(transaction.steps.find(({ name }) => name === "file")?.undo.possible).toBe(false);
    expect(readFileSync(file, "utf8")).toBe(before);
    expect((await difference(wanted, baseOf(wanted))).drift).toEqual([]);
  });

  it("is the whole file gone", async () => {
    await apply(wanted);
    rmSync(file);
    expect((await difference(wanted, baseOf(wanted))).drift.map(({ address }) => address)).toEqual([
      "shell.file",
      "shell.env.EDITOR",
    ]);
  });
});

describe("what is refused", () => {
  it("a reference that only the user's shell could resolve", () => {
    const reference = lock({ env: { TOKEN: { from: "command", name: "pass" } } });
    expect(() => shell.desired(reference)).toThrowError(
      expect.objectContaining({ code: "not-supported-yet", exit: "invalid" }),
    );
  });

  it.each([
    ["env", "A B"],
    ["env", "A=1\nrm"],
    ["env", "1A"],
    ["env", ""],
    ["env", "UID"],
    ["env", "USERNAME"],
    ["env", "PPID"],
    ["env", "_"],
    ["aliases", "a b"],
    ["aliases", "-x"],
    ["aliases", "a;rm"],
    ["aliases", "$(id)"],
    ["aliases", "a'b"],
    ["aliases", "then"],
    ["aliases", "alias"],
  ] as const)("%s %j, which would not be a setting in every shell", (section, name) => {
    expect(() => shell.desired(lock({ [section]: { [name]: "x" } }))).toThrowError(
      expect.objectContaining({ code: "shell-setting-invalid", exit: "invalid" }),
    );
  });

  it.each(["a\0b", "\ud800"])("the value %j, which no shell could be given", (value) => {
    expect(() => shell.desired(lock({ env: { A: value } }))).toThrowError(
      expect.objectContaining({ code: "shell-setting-invalid" }),
    );
  });

  it("a name out of an old generation, before it becomes shell code", async () => {
    const change = {
      address: "shell.env.A;id",
      provider: "shell",
      name: "env.A;id",
      kind: "install",
      cause: "rollback",
      before: null,
      after: { value: "x" },
    } as const;
    await expect(shell.resolve([change], await shell.observe(), OPTIONS)).rejects.toMatchObject({
      code: "shell-setting-invalid",
    });
  });

  it("more than the file may hold", async () => {
    const big = lock({ env: { A: "x".repeat(2 ** 20) } });
    const { changes } = await difference(big);
    await expect(shell.resolve(changes, await shell.observe(), OPTIONS)).rejects.toMatchObject({
      code: "shell-file-too-large",
    });
  });

  it("a transaction without its payload", async () => {
    const { changes } = await difference(lock({ env: { A: "1" } }));
    const { payload: _, ...crafted } = await shell.resolve(changes, await shell.observe(), OPTIONS);
    expect(() => shell.operations(crafted, "/nowhere")).toThrowError(
      expect.objectContaining({ code: "transaction-incomplete" }),
    );
  });
});

describe("a file that cannot be read", () => {
  it("concludes nothing, not even that a setting is missing", async () => {
    mkdirSync(file);
    await expect(shell.observe()).rejects.toMatchObject({ code: "shell-file-unreadable", exit: "unreachable" });
  });
});

describe("the parts of a lock", () => {
  it("of a project set nothing, and say so", () => {
    const { wanted, notes } = shell.desired(
      lock({ own: false, env: { A: "1", B: "2", C: "3" }, aliases: { ll: "ls" } }),
    );
    expect(wanted).toEqual([]);
    expect(notes).toEqual([
      expect.stringMatching(
        /^3 variables and 1 alias of this lock take effect in shells inside their folder, once `omg allow` was run/,
      ),
    ]);
    expect(shell.desired(lock({ own: false })).notes).toEqual([]);
  });

  it("are not captured: an environment is full of secrets", async () => {
    await apply(lock({ env: { TOKEN: "secret" } }));
    const observed = await shell.observe();
    const proposal = await shell.propose({ observed, records: OPTIONS.records });
    expect(JSON.stringify(proposal)).not.toContain("secret");
    expect(proposal).toMatchObject({ requests: {}, pins: [] });
  });
});
