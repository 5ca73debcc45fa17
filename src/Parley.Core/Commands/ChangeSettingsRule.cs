using Parley.Core.Facts;
using Parley.Core.Log.V1;

namespace Parley.Core.Commands;

/// <summary>Changes the cluster's settings, unless someone changed them in between.</summary>
internal static class ChangeSettingsRule
{
    public static Outcome Decide(ChangeSettings command, IChatFacts facts)
    {
        if (command.ExpectedRevision != facts.SettingsRevision)
        {
            return new Outcome.Rejected(Rejection.RevisionChanged);
        }

        facts.ChangeSettings(command.Settings ?? new Settings());
        return Outcome.Done.Instance;
    }
}
