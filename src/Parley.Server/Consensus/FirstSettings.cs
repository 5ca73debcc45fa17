using Microsoft.Extensions.Logging;
using Parley.Core.Log.V1;
using Parley.Raft;
using Parley.Server.Guarding;
using Parley.Server.Hosting;

namespace Parley.Server.Consensus;

/// <summary>Proposes the settings a node was started with, once, when it leads a cluster that has none.</summary>
internal sealed class FirstSettings(
    ServerOptions options, StateAccess state, Proposer proposer, NodeView view, ILogger logger)
{
    /// <summary>Waits until this node leads; ends at once when there is nothing to propose.</summary>
    public async Task ProposeAsync(CancellationToken cancellationToken)
    {
        if (options.InitialRetention is null && options.InitialSendRate is null
            && RegistrationText.FirstOf(options) == Registration.Unspecified)
        {
            return;
        }

        while (state.Directory.SettingsRevision == 0)
        {
            if (view.Current.Role == RaftRole.Leader)
            {
                var command = new LoggedCommand
                {
                    ChangeSettings = new ChangeSettings { ExpectedRevision = 0, Settings = SettingsOf() },
                };
                // Whatever came of it: without settings in the state it is tried again.
                var applied = await proposer.ProposeAsync(command, cancellationToken);
                Log.FirstSettings(logger, applied.Outcome.ToString());
                continue;
            }

            await NextChangeAsync(cancellationToken);
        }
    }

    private Settings SettingsOf()
    {
        var settings = new Settings();
        if (options.InitialRetention is { } text && RetentionText.TryParse(text, out var kind, out var days))
        {
            settings.Retention = kind;
            settings.RetentionDays = days;
        }

        settings.Registration = RegistrationText.FirstOf(options);
        settings.SendRatePerSecond = options.InitialSendRate ?? 0;
        if (options.InitialSendRate < 0)
        {
            // Load that is made on purpose: of no use when its calls are held back instead.
            (settings.CallRatePerSecond, settings.AddressRatePerSecond, settings.GuessBurst) = (-1, -1, -1);
            settings.CallsAtOnce = settings.CallsPerNode = GuardLimits.CallsPerNode;
        }

        return settings;
    }

    private async Task NextChangeAsync(CancellationToken cancellationToken)
    {
        var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void OnChanged(object? sender, EventArgs e) => changed.TrySetResult();
        view.Changed += OnChanged;
        try
        {
            if (view.Current.Role != RaftRole.Leader)
            {
                await changed.Task.WaitAsync(cancellationToken);
            }
        }
        finally
        {
            view.Changed -= OnChanged;
        }
    }
}
