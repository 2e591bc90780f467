/** Roles that may work on the catalogue; everybody else is a customer here. */
const staff: ReadonlySet<string> = new Set(['catalogue', 'admin']);

/** Whether a role is offered the catalogue. The services check it again at every request. */
export function mayEditCatalogue(role: string): boolean {
  return staff.has(role);
}
