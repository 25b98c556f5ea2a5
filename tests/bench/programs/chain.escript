%% -*- erlang -*-
-module(chain).
-mode(compile).
-export([main/1]).
-include("measure.hrl").

main([N]) ->
    Start = seconds(),
    Sum = sum(build(0, list_to_integer(N), nothing), 0),
    Seconds = seconds() - Start,
    io:format("~b ~f~n", [Sum, Seconds]).

build(N, N, Chain) -> Chain;
build(I, N, Chain) -> build(I + 1, N, {I, Chain}).

sum(nothing, Sum) -> Sum;
sum({X, Chain}, Sum) -> sum(Chain, Sum + X).
