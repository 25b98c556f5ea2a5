%% -*- erlang -*-
-module(echo).
-mode(compile).
-behaviour(gen_server).
-export([main/1, init/1, handle_call/3, handle_cast/2]).

main([N]) ->
    {ok, Echo} = gen_server:start(?MODULE, [], []),
    erlang:statistics(runtime),
    Last = call(Echo, 0, list_to_integer(N), none),
    {_, Milliseconds} = erlang:statistics(runtime),
    io:format("~b ~f~n", [Last, Milliseconds / 1000]).

call(_, N, N, Last) -> Last;
call(Echo, I, N, _) -> call(Echo, I + 1, N, gen_server:call(Echo, I)).

init([]) -> {ok, []}.
handle_call(Message, _From, State) -> {reply, Message, State}.
handle_cast(_, State) -> {noreply, State}.
