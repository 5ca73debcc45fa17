using Microsoft.Extensions.Hosting;
using Parley.Protocol.Chat.V1;
using Parley.Server.Consensus;
using Parley.Server.Hosting;
using Parley.Server.Sessions;

namespace Parley.Server.Operations;

/// <summary>How this node's machine is; looks at the disk now and then, so that whoever asks never waits for it.
/// </summary>
internal sealed class NodeConditions(
    ServerOptions options,
    NodeView view,
    DigestWatch digests,
    SessionActivity activity,
    StartNonce nonce,
    TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(5);

    private readonly long startedAt = time.GetTimestamp();
    private volatile DiskPicture disk = DiskPicture.Of(options.DataDirectory);

    /// <summary>Some seconds old.</summary>
    public DiskPicture Disk => disk;

    public TimeSpan Uptime => time.GetElapsedTime(startedAt);

    /// <summary>As clients are told.</summary>
    public NodeCondition Describe()
    {
        var (now, offset) = (disk, view.Current.ClockOffsetUs);
        var condition = new NodeCondition
        {
            UptimeSeconds = (long)Uptime.TotalSeconds,
            DiskUsedBytes = now.UsedBytes,
            DiskFreeBytes = now.FreeBytes,
            DiskTotalBytes = now.TotalBytes,
            Clients = activity.Open.Sessions,
            AgreedIndex = digests.AgreedIndex,
            Process = nonce.Value,
        };
        if (offset is { } offsetUs)
        {
            condition.ClockOffsetUs = offsetUs;
        }

        return condition;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LookInterval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                Look();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            return; // Also where the host never came to run: it would take this for a failure, and say so at length.
        }
    }

    private void Look()
    {
        try
        {
            disk = DiskPicture.Of(options.DataDirectory);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return; // What the log and the state make of such a disk ends the node; this only looks.
        }
    }
}
