-- beat: say that a process lives, and learn which of its waiters should try now.
-- KEYS[1] places     hash, place to who holds it, `<slot> <id> …`; and the last number that was given out
-- KEYS[2] grants     hash, id to what is held and by whom
-- KEYS[3] queue      zset of `<place> <ticket> <id>`, by name
-- KEYS[4] waiters    hash, id to who waits for what
-- KEYS[5] processes  zset of processes with waiters, by when they count as gone, in ms
-- ARGV[1] process
-- ARGV[2] topic    where processes listen
-- ARGV[3…] waiters  ids
-- returns {ms until a holder's time is up or -1, {id, …}}
-- use: shared/grants.lua
local PROCESS, TOPIC = ARGV[1], ARGV[2]
redis.call('ZADD', PROCESSES, whole(NOW + ALIVE_MS), PROCESS)
sweep(TOPIC)
local soonest, due, seen = nil, {}, {}
for at = 3, #ARGV do
  local id = ARGV[at]
  local waiter = waiter_of(id)
  if not waiter then
    -- The node has lost it, or took the process for gone: it has to stand in line again.
    due[#due + 1] = id
  else
    -- Of a place the first alone is of interest.
    local place = waiter.wants[1].place
    if not seen[place] then
      seen[place] = true
      local first, standing_first = first_in_line(place)
      if first then
        local slots, free_in = slots_for(first, standing_first.wants, 0)
        if slots and standing_first.process == PROCESS then due[#due + 1] = first end
        if free_in then soonest = math.min(soonest or free_in, free_in) end
      end
    end
  end
end
return { soonest and whole(soonest) or '-1', due }
