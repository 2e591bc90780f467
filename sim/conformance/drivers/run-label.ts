/** Every container of the suite carries it, with the folder of its run. */
export const runLabel = 'madeinworld.conformance';
