import { repositoryAddress } from "./names.ts";

/** Whether git may be given this as the address of a repository: nothing that it takes for an option or a program. */
export function isRepositoryAddress(text: string): boolean {
  return repositoryAddress.safeParse(text).success;
}
