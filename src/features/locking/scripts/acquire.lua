-- acquire: take places if all of them are free and nobody stands before; else wait in line for them.
-- KEYS[1] holders    zset of `<place> <slot> <id>`, by name
-- KEYS[2] grants     hash, id to what is held and by whom
-- KEYS[3] expiries   zset, id by when its grant ends, in ms
-- KEYS[4] queue      zset of `<place> <ticket> <id>`, by name
-- KEYS[5] waiters    hash, id to who waits for what
-- KEYS[6] processes  zset of processes with waiters, by when they count as gone, in ms
-- KEYS[7] fences     zset, place by its last token
-- KEYS[8] counters   hash, the last ticket and the highest token that was forgotten
-- ARGV[1] id        of the grant, and of whoever waits for it
-- ARGV[2] ttlMs     how long it lasts
-- ARGV[3] slot      the one to take, 0 for any
-- ARGV[4] ticket    place in the line: '' to wait in none, 0 for the next, else this one
-- ARGV[5] waitMs    how long it waits at the most
-- ARGV[6] process   where it waits
-- ARGV[7] confirmed '1' if this node alone grants; else the line is left once a majority has granted
-- ARGV[8] owner     '' for none
-- ARGV[9] metadata  JSON, '' for none
-- ARGV[10] topic    where processes listen
-- ARGV[11…] wants   place, permits, place, permits, …
-- returns {'granted', token, ms left} | {'held', ticket, ms until it can come free or -1, place, owner, ms left, place, …}
-- use: shared/locks.lua
local ID, TTL, TICKET, OWNER, TOPIC = ARGV[1], tonumber(ARGV[2]), ARGV[4], ARGV[8], ARGV[10]
local wants = {}
for at = 11, #ARGV, 2 do wants[#wants + 1] = { place = ARGV[at], permits = tonumber(ARGV[at + 1]) } end
sweep(TOPIC)

local earlier, left = standing(ID)
if earlier then return { 'granted', whole(earlier.token), whole(left) } end

local waiter = TICKET ~= '' and unpacked(WAITERS, ID) or nil
local slots, free_in = slots_for(ID, wants, tonumber(ARGV[3]))
if slots then
  -- A token is later than all before it: those of other nodes by the clock, this node's own by the one that it gave last.
  local token = NOW_MICROS
  local floor = tonumber(redis.call('HGET', COUNTERS, 'floor') or '0')
  for _, want in ipairs(wants) do
    local last = tonumber(redis.call('ZSCORE', FENCES, want.place) or floor)
    if last >= token then token = last + 1 end
  end
  local held = {}
  for number, want in ipairs(wants) do
    raise_fence(want.place, token)
    held[number] = want.place .. ' ' .. whole(slots[number])
    redis.call('ZADD', HOLDERS, 0, held[number] .. ' ' .. ID)
  end
  forget_fences()
  redis.call('HSET', GRANTS, ID, cmsgpack.pack({
    held = held, token = token, confirmed = ARGV[7] == '1', ttl = TTL, since = NOW, owner = OWNER, metadata = ARGV[9],
  }))
  redis.call('ZADD', EXPIRIES, whole(NOW + TTL), ID)
  if waiter and ARGV[7] == '1' then
    forget_waiter(ID, waiter)
    -- Of a semaphore more than one slot may have come free.
    for _, want in ipairs(wants) do if want.permits > 1 then wake_next(want.place, TOPIC) end end
  end
  return { 'granted', whole(token), whole(TTL) }
end

local ticket = 0
if TICKET ~= '' then
  local last = tonumber(redis.call('HGET', COUNTERS, 'ticket') or '0')
  ticket = tonumber(TICKET)
  if ticket == 0 then ticket = waiter and waiter.ticket or math.max(last + 1, NOW_MICROS) end
  if ticket > last then redis.call('HSET', COUNTERS, 'ticket', whole(ticket)) end
  local moved = waiter and waiter.ticket ~= ticket
  if moved then forget_waiter(ID, waiter) end
  for _, want in ipairs(wants) do redis.call('ZADD', QUEUE, 0, in_line(want.place, ticket, ID)) end
  redis.call('HSET', WAITERS, ID, cmsgpack.pack({
    wants = wants, ticket = ticket, process = ARGV[6], deadline = NOW + tonumber(ARGV[5]),
    since = waiter and waiter.since or NOW, owner = OWNER,
  }))
  redis.call('ZADD', PROCESSES, whole(NOW + ALIVE_MS), ARGV[6])
  -- Whoever stood behind may be next now, and find free what this one could not have with the rest.
  if moved then for _, want in ipairs(wants) do wake_next(want.place, TOPIC) end end
end
local answer = { 'held', whole(ticket), free_in and whole(free_in) or '-1' }
for _, want in ipairs(wants) do
  for _, member in ipairs(members(HOLDERS, want.place)) do
    local id = member:match('[^ ]+$')
    local grant, remaining = standing(id)
    if grant then
      answer[#answer + 1] = want.place
      answer[#answer + 1] = grant.owner
      answer[#answer + 1] = whole(remaining)
    end
  end
end
return answer
