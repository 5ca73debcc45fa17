using System.Security.Cryptography;

namespace Parley.Client;

/// <summary>Makes codes of invitations: for people to read out and type.</summary>
internal static class InviteCodes
{
    // Without 0, 1, i, l, o: nothing to mistake.
    private const string Letters = "23456789abcdefghjkmnpqrstuvwxyz";

    private const int Groups = 5;
    private const int LettersPerGroup = 5;

    /// <summary>Five groups of five letters: 31^25, above 2^123.</summary>
    public static string Draw() => string.Join(
        '-', Enumerable.Range(0, Groups).Select(_ => RandomNumberGenerator.GetString(Letters, LettersPerGroup)));
}
