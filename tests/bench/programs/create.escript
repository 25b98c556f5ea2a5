%% -*- erlang -*-
%%! +P 2000000
%% Also prints by how many bytes the memory of the machine has grown.
-module(create).
-mode(compile).
-export([main/1, wait/0]).
-include("measure.hrl").

main([N]) ->
    Before = erlang:memory(total),
    Start = seconds(),
    Count = create(0, list_to_integer(N)),
    Seconds = seconds() - Start,
    io:format("~b ~f ~b~n", [Count, Seconds, erlang:memory(total) - Before]),
    halt().

create(N, N) -> N;
create(I, N) ->
    spawn(?MODULE, wait, []),
    create(I + 1, N).

wait() -> receive stop -> ok end.
