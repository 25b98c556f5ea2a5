%% -*- erlang -*-
-module(chain).
-mode(compile).
-export([main/1]).

main([N]) ->
    erlang:statistics(runtime),
    Sum = sum(build(0, list_to_integer(N), nothing), 0),
    {_, Milliseconds} = erlang:statistics(runtime),
    io:format("~b ~f~n", [Sum, Milliseconds / 1000]).

build(N, N, Chain) -> Chain;
build(I, N, Chain) -> build(I + 1, N, {I, Chain}).

sum(nothing, Sum) -> Sum;
sum({X, Chain}, Sum) -> sum(Chain, Sum + X).
