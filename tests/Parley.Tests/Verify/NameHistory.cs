using Parley.Verify.Linearizability;

namespace Parley.Tests.Verify;

/// <summary>Draws histories of one name as a right cluster would answer them, clients at the same time.</summary>
internal static class NameHistory
{
    private const int StepUs = 100;
    private const int SpreadUs = 150;
    private const int UnknownMax = 2;

    /// <summary>Each operation takes effect at its own moment; call and answer lie around it, so that the operations of
    /// neighbours overlap.</summary>
    public static List<Call<NameOperation>> Draw(int seed, int count, int clients)
    {
        var random = new Random(seed);
        var state = NameState.Free;
        var calls = new List<Call<NameOperation>>(count);
        var lives = new int[clients];
        var unknown = 0;
        for (var number = 0; number < count; number++)
        {
            var who = random.Next(clients);
            var answer = DrawAnswer(random, state, $"{who}#{lives[who]}");
            if (answer is NameAnswer.TakenOver or NameAnswer.LoggedIn)
            {
                lives[who]++;
            }

            var operation = new NameOperation(answer, $"{who}#{lives[who]}");
            state = NameModel.Next(state, operation)[0];
            var momentUs = (long)number * StepUs;
            var isUnknown = answer == NameAnswer.TakenOver && unknown < UnknownMax && number > count / 2;
            unknown += isUnknown ? 1 : 0;
            calls.Add(new(
                momentUs - random.Next(SpreadUs),
                isUnknown ? Call<NameOperation>.Never : momentUs + random.Next(SpreadUs),
                operation));
        }

        return calls;
    }

    private static NameAnswer DrawAnswer(Random random, NameState state, string client)
    {
        var isMine = state.Exists && state.Session == client;
        NameAnswer[] possible = (state.Exists, isMine, state.Session.Length > 0) switch
        {
            (false, _, _) => [NameAnswer.Created, NameAnswer.FoundNobody],
            (_, true, _) =>
            [
                NameAnswer.Wrote, NameAnswer.Wrote, NameAnswer.Wrote, NameAnswer.Wrote, NameAnswer.LoggedOut,
                NameAnswer.Deleted,
            ],
            (_, _, true) => [NameAnswer.TakenOver, NameAnswer.FoundSession, NameAnswer.Ended, NameAnswer.Taken],
            _ => [NameAnswer.TakenOver, NameAnswer.LoggedIn, NameAnswer.Taken],
        };
        return possible[random.Next(possible.Length)];
    }
}
