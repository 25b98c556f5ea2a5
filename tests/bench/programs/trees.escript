%% -*- erlang -*-
-module(trees).
-mode(compile).
-export([main/1]).
-include("measure.hrl").

main([N]) ->
    Start = seconds(),
    Sum = trees(list_to_integer(N), 0),
    Seconds = seconds() - Start,
    io:format("~b ~f~n", [Sum, Seconds]).

trees(0, Sum) -> Sum;
trees(N, Sum) -> trees(N - 1, Sum + count(build(14))).

build(0 = Depth) -> {Depth, Depth};
build(Depth) -> {build(Depth - 1), build(Depth - 1)}.

count({0, _}) -> 1;
count({Left, Right}) -> count(Left) + count(Right) + 1.
