using Parley.Server.Node.V1;

namespace Parley.Server.Presence;

/// <summary>What one stream to another node is told of who is here, a report at a time, round after round. One caller.
/// </summary>
internal sealed class PresenceRounds(PresenceBook book)
{
    private IReadOnlyList<PresentAccount> round = [];
    private int told;

    public PresenceReport Next()
    {
        var report = new PresenceReport();
        if (told == round.Count)
        {
            (round, told, report.First) = (book.ListHere(), 0, true);
        }

        report.Accounts.AddRange(round.Skip(told).Take(PresenceLimits.AccountsPerReportMax));
        told += report.Accounts.Count;
        report.Last = told == round.Count;
        return report;
    }
}
