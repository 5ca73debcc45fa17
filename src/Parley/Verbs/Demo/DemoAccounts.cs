using System.Security.Cryptography;
using Parley.Client;

namespace Parley.Verbs.Demo;

/// <summary>The people of the demo.</summary>
internal static class DemoAccounts
{
    public const string Alice = "alice";
    public const string Bob = "bob";
    public const string Carol = "carol";
    public const string Dave = "dave";

    // Shown to the user, so that other verbs can be tried against the demo's servers.
    public const string Password = "parley-demo";
    private const int EndingLength = 4;

    /// <summary>Creates accounts that were not there before, and returns their names: a demo with --keep may find
    /// alice, and what was sent to her then is not this demo's.</summary>
    public static async Task<string[]> CreateNewAsync(
        ParleyClient client, string[] names, CancellationToken cancellationToken)
    {
        var ending = "";
        while (true)
        {
            var tried = names.Select(name => name + ending).ToArray();
            try
            {
                foreach (var name in tried)
                {
                    await client.CreateAccountAsync(name, Password, cancellationToken);
                }

                return tried;
            }
            catch (ConflictException)
            {
                ending = $"-{RandomNumberGenerator.GetHexString(EndingLength, lowercase: true)}";
            }
        }
    }

    /// <summary>Creates what is not there yet (a demo with --keep finds them).</summary>
    public static async Task CreateAsync(
        ParleyClient client, IEnumerable<string> names, CancellationToken cancellationToken)
    {
        foreach (var name in names)
        {
            try
            {
                await client.CreateAccountAsync(name, Password, cancellationToken);
            }
            catch (ConflictException)
            {
                // Left by the demo before.
            }
        }
    }
}
