import { describe, expect, it } from "vitest";
import type { Selection } from "../../app/context.ts";
import { chooseProviders } from "../../app/selection.ts";
import type { PlatformLock } from "../../schema/model/lock.ts";
import type { Provider } from "../../schema/model/provider.ts";

/** Providers of which a choice looks at nothing but the name and whether they are here. */
function provider(name: string, available = true): Provider {
  const detection = available ? { available } : { available, reason: "no such program" };
  return { name, detect: async () => detection } as unknown as Provider;
}

/** A provider that a lock has to speak of, by this name in `runtimes`. */
function onDemand(name: string, asked = name): Provider {
  const desired = ({ runtimes }: PlatformLock) => ({ ...(runtimes[asked] === undefined ? { silent: true } : {}) });
  return { ...provider(name), onDemand: true, desired } as unknown as Provider;
}

const ALL = [
  provider("apt"),
  provider("shell"),
  provider("pacman", false),
  onDemand("node"),
  onDemand("python"),
  onDemand("mise", "zig"),
];

const lock = (parts: Partial<PlatformLock> = {}) =>
  ({ path: "/x/omg.lock", platform: "debian-12-amd64", packages: {}, runtimes: {}, ...parts }) as PlatformLock;

const chosen = async (selection: Selection, about?: PlatformLock) =>
  (await chooseProviders(ALL, selection, about)).providers.map(({ name }) => name);

const unsupported = { code: "not-supported-yet", exit: "invalid" };

describe("--only and --skip", () => {
  it("take names, and `runtimes` for all of these", async () => {
    const runtimes = lock({ runtimes: { node: "20" } });
    expect(await chosen({}, lock())).toEqual(["apt", "shell"]);
    expect(await chosen({}, runtimes)).toEqual(["apt", "shell", "node"]);
    expect(await chosen({ only: ["apt", "runtimes"] }, lock())).toEqual(["apt", "node", "python", "mise"]);
    expect(await chosen({ only: ["python"] }, runtimes)).toEqual(["python"]);
    expect(await chosen({ skip: ["runtimes"] }, runtimes)).toEqual(["apt", "shell"]);
    expect(await chosen({ skip: ["node"] }, runtimes)).toEqual(["apt", "shell"]);
    await expect(chosen({ only: ["nodes"] })).rejects.toMatchObject({ code: "usage" });
  });

  it("takes `apt` for its sources, too", async () => {
    const all = [provider("sources"), ...ALL];
    const names = async (selection: Selection) =>
      (await chooseProviders(all, selection, lock())).providers.map(({ name }) => name);
    expect(await names({ only: ["apt"] })).toEqual(["sources", "apt"]);
    expect(await names({ skip: ["apt"] })).toEqual(["shell"]);
    expect(await names({ only: ["sources"] })).toEqual(["sources"]);
  });

  it("leaves to mise what is none of the runtimes", async () => {
    const zig = lock({ runtimes: { zig: "0.13" } });
    expect(await chosen({}, zig)).toEqual(["apt", "shell", "mise"]);
    expect(await chosen({ only: ["mise"] }, zig)).toEqual(["mise"]);
    expect(await chosen({ skip: ["runtimes"] }, zig)).toEqual(["apt", "shell"]);
  });

  it.each<Selection>([{ only: ["pacman"] }, { skip: ["apt", "shell", "runtimes"] }])(
    "%j is refused where it leaves nothing to look at",
    async (selection) => {
      await expect(chosen(selection, lock())).rejects.toMatchObject(unsupported);
      await expect(chosen(selection)).rejects.toMatchObject(unsupported);
    },
  );
});
