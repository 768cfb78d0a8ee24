import type { Address } from "../schema/model/resource.ts";
import type { Step } from "../schema/model/transaction.ts";
import type { ScopeWorld } from "./world.ts";

/** Addresses of what is called installed and is not whole, of what the steps brought. */
export async function incomplete(scope: ScopeWorld, steps: readonly Step[]): Promise<readonly Address[]> {
  const found = await Promise.all(
    scope.providers.map(async (provider) => {
      const names = (await provider.incomplete?.(steps.filter((step) => step.provider === provider.name))) ?? [];
      return names.map((name): Address => `${provider.name}.${name}`);
    }),
  );
  return found.flat();
}
