%% -*- erlang -*-
-module(echo).
-mode(compile).
-behaviour(gen_server).
-export([main/1, init/1, handle_call/3, handle_cast/2]).
-include("measure.hrl").

main([N]) ->
    {ok, Echo} = gen_server:start(?MODULE, [], []),
    Start = seconds(),
    Last = call(Echo, 0, list_to_integer(N), none),
    Seconds = seconds() - Start,
    io:format("~b ~f~n", [Last, Seconds]).

call(_, N, N, Last) -> Last;
call(Echo, I, N, _) -> call(Echo, I + 1, N, gen_server:call(Echo, I)).

init([]) -> {ok, []}.
handle_call(Message, _From, State) -> {reply, Message, State}.
handle_cast(_, State) -> {noreply, State}.
