// A client with locks, a process of its own: it takes them, works on until it is told to write, and writes with the fencing
// tokens that it was given. That it was frozen in between it cannot know.
const { url, token } = JSON.parse(process.argv[2]);

async function post(path, body, headers = {}) {
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

process.once('disconnect', () => process.exit());
process.on('message', async ({ number, path, body, headers }) => {
  process.send({ number, answer: await post(path, body, headers) });
});
