-- acquire: take places if all of them are free and nobody stands before; else wait in line for them.
-- KEYS[1] places     hash, place to who holds it, `<slot> <id> …`; and the last number that was given out
-- KEYS[2] grants     hash, id to what is held and by whom
-- KEYS[3] queue      zset of `<place> <ticket> <id>`, by name
-- KEYS[4] waiters    hash, id to who waits for what
-- KEYS[5] processes  zset of processes with waiters, by when they count as gone, in ms
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
-- returns {'granted', token, ms left, 1 if it stood before} | {'held', ticket, ms until it can come free or -1, place, owner, ms left, place, …}

-- What most ask for, a lock that nobody has, is granted before the rest of this script is even set up.
if #ARGV == 12 and ARGV[12] == '1' then
  local id, ttl, place = ARGV[1], tonumber(ARGV[2]), ARGV[11]
  local known = redis.call('HMGET', KEYS[1], place, ' clock')
  if not known[1] and redis.call('EXISTS', KEYS[3]) == 0 then
    local time = redis.call('TIME')
    local micros = time[1] * 1000000 + time[2]
    -- One of so many goes the long way, which ends what has lapsed.
    if micros % 16 ~= 0 then
      local now = math.floor(micros / 1000)
      local token = math.max(micros, (tonumber(known[2]) or 0) + 1)
      redis.call('HSET', KEYS[1], ' clock', string.format('%.0f', token), place, '1 ' .. id)
      -- As `write_grant` of shared/grants.lua.
      redis.call('HSET', KEYS[2], id,
        cmsgpack.pack(now + ttl, { place }, ttl, now, token, ARGV[7] == '1', ARGV[8], ARGV[9]))
      return { 'granted', token, ttl, 0 }
    end
  end
end

-- use: shared/grants.lua
local ID, TTL, TICKET, OWNER, TOPIC = ARGV[1], tonumber(ARGV[2]), ARGV[4], ARGV[8], ARGV[10]
if NOW_MICROS % 16 == 0 then sweep(TOPIC) end
local wants = {}
for at = 11, #ARGV, 2 do wants[#wants + 1] = { place = ARGV[at], permits = tonumber(ARGV[at + 1]) } end

local earlier, left = standing(ID)
if earlier then return { 'granted', earlier.token, left, 1 } end

local waiter = TICKET ~= '' and waiter_of(ID) or nil
local slots, free_in = slots_for(ID, wants, tonumber(ARGV[3]))
local last = redis.call('HGET', PLACES, CLOCK)
if slots then
  local places, fields = {}, {}
  for number, want in ipairs(wants) do
    local holders = redis.call('HGET', PLACES, want.place)
    local holder = whole(slots[number]) .. ' ' .. ID
    places[number] = want.place
    fields[#fields + 1] = want.place
    fields[#fields + 1] = holders and holders .. ' ' .. holder or holder
  end
  local token = number_after(last)
  redis.call('HSET', PLACES, CLOCK, whole(token), unpack(fields))
  write_grant(ID, {
    ends = NOW + TTL, places = places, ttl = TTL, since = NOW, token = token, confirmed = ARGV[7] == '1',
    owner = OWNER, metadata = ARGV[9],
  })
  if waiter and ARGV[7] == '1' then
    forget_waiter(ID, waiter)
    wake_besides(waiter, false, TOPIC)
  end
  return { 'granted', token, TTL, 0 }
end

local ticket = 0
if TICKET ~= '' then
  ticket = tonumber(TICKET)
  if ticket == 0 then ticket = waiter and waiter.ticket or number_after(last) end
  if ticket > (tonumber(last) or 0) then redis.call('HSET', PLACES, CLOCK, whole(ticket)) end
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
  local holders = holders_of(want.place)
  for at = 2, #holders, 2 do
    local grant, remaining = standing(holders[at])
    if grant then
      answer[#answer + 1] = want.place
      answer[#answer + 1] = grant.owner
      answer[#answer + 1] = whole(remaining)
    end
  end
end
return answer
