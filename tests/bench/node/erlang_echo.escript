%% -*- erlang -*-
%% Distributed Erlang's gen_server:call, for comparison.
%%   escript erlang_echo.escript server            says on a line when it is ready; ends with its input
%%   escript erlang_echo.escript client CALLS CALLERS PER_CALLER
%% The client prints microseconds of a call with one caller, and calls a second of all callers together.
-module(erlang_echo).
-mode(compile).
-behaviour(gen_server).
-export([main/1, init/1, handle_call/3, handle_cast/2]).

main(["server"]) ->
    {ok, _} = net_kernel:start(['avm_bench_server@127.0.0.1', longnames]),
    erlang:set_cookie(node(), avm_bench),
    {ok, _} = gen_server:start({local, echo}, ?MODULE, [], []),
    io:format("ready~n"),
    io:get_line(""),
    ok;
main(["client", Calls, Callers, Each]) ->
    {ok, _} = net_kernel:start(['avm_bench_client@127.0.0.1', longnames]),
    erlang:set_cookie(node(), avm_bench),
    Echo = {echo, 'avm_bench_server@127.0.0.1'},
    call(Echo, 2000),
    Count = list_to_integer(Calls),
    {One, ok} = timer:tc(fun() -> call(Echo, Count) end),
    Many = list_to_integer(Callers),
    PerCaller = list_to_integer(Each),
    Self = self(),
    {All, _} = timer:tc(fun() ->
        [spawn_link(fun() -> call(Echo, PerCaller), Self ! done end) || _ <- lists:seq(1, Many)],
        [receive done -> ok end || _ <- lists:seq(1, Many)]
    end),
    io:format("~f ~f~n", [One / Count, Many * PerCaller * 1.0e6 / All]).

call(_, 0) -> ok;
call(Echo, N) ->
    N = gen_server:call(Echo, N),
    call(Echo, N - 1).

init([]) -> {ok, []}.
handle_call(Message, _From, State) -> {reply, Message, State}.
handle_cast(_, State) -> {noreply, State}.
