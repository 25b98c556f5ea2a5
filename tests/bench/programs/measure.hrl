%% -*- erlang -*-
%% Seconds of the processor that all threads of this process have taken. (The runtime of erlang:statistics
%% leaves out what the system does for it, such as to give it memory.)
seconds() ->
    {ok, Threads} = file:list_dir("/proc/self/task"),
    lists:sum([begin
        {ok, Text} = file:read_file("/proc/self/task/" ++ Thread ++ "/schedstat"),
        [Nanoseconds | _] = binary:split(Text, <<" ">>),
        binary_to_integer(Nanoseconds) / 1.0e9
    end || Thread <- Threads]).
