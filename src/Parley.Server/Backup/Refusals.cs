using Parley.Core;
using Parley.Raft.Storage;
using Parley.Server.Certificates;
using Parley.Server.Hosting;

namespace Parley.Server.Backup;

/// <summary>Turns what stands in the way of a backup into one kind of exception.</summary>
internal static class Refusals
{
    /// <exception cref="BackupRefusedException">It was refused.</exception>
    public static T Run<T>(Func<T> act)
    {
        try
        {
            return act();
        }
        catch (BundleRefusedException refused)
        {
            throw new BackupRefusedException(refused.Message);
        }
        catch (Exception refused) when (
            refused is DataDirectoryRefusedException or LogDamagedException or StateDamagedException
                or UnknownStateVersionException or StorageFailedException or StateStorageException)
        {
            throw new BackupRefusedException(refused.Message) { ExitCode = ProcessEnd.CodeOf(refused) };
        }
    }
}

/// <summary>A backup cannot be made, or used; the message says why and what to do.</summary>
internal sealed class BackupRefusedException(string message) : Exception(message)
{
    /// <summary>What the verb ends with.</summary>
    public int ExitCode { get; init; } = 1;
}
