-- What wrk measured: a line "REQUESTS MICROSECONDS ERRORS", then how many requests took how long,
-- each "MICROSECONDS REQUESTS".
function done(summary, latency)
   local errors = 0
   for _, count in pairs(summary.errors) do
      errors = errors + count
   end
   print("measured")
   print(string.format("%d %d %d", summary.requests, summary.duration, errors))
   for at = 1, #latency do
      print(string.format("%d %d", latency(at)))
   end
end
