interface NetworkEnv {
  readonly WORKER: { fetch(request: Request): Promise<Response> };
  readonly CLIENT_ADDRESS_HEADER: string;
}

/**
 * What Cloudflare's network does before a Worker sees a request: it says where the connection comes from, whatever the client claims. In the
 * twin that is always this machine, unless a test has its requests say otherwise. Runs in workerd, in front of the Worker.
 */
export default {
  fetch(request: Request, env: NetworkEnv): Promise<Response> {
    const headers = new Headers(request.headers);
    const said = env.CLIENT_ADDRESS_HEADER === '' ? null : headers.get(env.CLIENT_ADDRESS_HEADER);
    headers.set('cf-connecting-ip', said ?? '127.0.0.1');
    return env.WORKER.fetch(new Request(request, { headers }));
  },
};
