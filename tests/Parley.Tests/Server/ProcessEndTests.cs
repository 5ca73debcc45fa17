using Parley.Core;
using Parley.Raft.Storage;
using Parley.Server.Hosting;

namespace Parley.Tests.Server;

/// <summary>What ends a process says which kind of trouble it was.</summary>
public sealed class ProcessEndTests
{
    public static TheoryData<Exception, int> Ends => new()
    {
        { new StateDamagedException("state.db: digest 1 expected, 2 found"), ProcessEnd.Refused },
        { new UnknownStateVersionException("state version 9"), ProcessEnd.Refused },
        { new StateStorageException("state.db: SQLite answered 13"), ProcessEnd.StorageFailed },
        { new StorageFailedException("fdatasync: input/output error"), ProcessEnd.StorageFailed },
        { new IOException("no space left on device"), ProcessEnd.StorageFailed },
        { new UnauthorizedAccessException("read-only file system"), ProcessEnd.StorageFailed },
        { new Parley.Core.InvariantBrokenException("entry.Index == last.Next"), ProcessEnd.InvariantBroken },
        { new InvalidOperationException("a bug"), ProcessEnd.InvariantBroken },
    };

    [Theory]
    [MemberData(nameof(Ends))]
    public void The_exit_code_says_what_kind_of_trouble_it_was(Exception trouble, int code) =>
        Assert.Equal(code, ProcessEnd.CodeOf(trouble));
}
