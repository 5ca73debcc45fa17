using System.Globalization;
using Parley.Server.Certificates;

namespace Parley.Server.Hosting;

/// <summary>What a bundle says of a node stands for the flags that were not given; who the node is, it alone says.
/// </summary>
internal static class BundleSettings
{
    private const string OnlyTheBundle = "the bundle says that; leave it away";

    public static IReadOnlyDictionary<string, string> Fill(
        IReadOnlyDictionary<string, string> given, BundleFile? bundle, ICollection<string> errors)
    {
        if (bundle is null)
        {
            return given;
        }

        var filled = new Dictionary<string, string>(given, StringComparer.Ordinal);
        foreach (var key in (string[])["id", "members"])
        {
            if (filled.TryGetValue(key, out var value))
            {
                errors.Add($"{key}: nothing expected beside --bundle, '{value}' found; {OnlyTheBundle}");
            }
        }

        var self = bundle.Content.Self;
        filled["id"] = bundle.Content.Node.ToString(CultureInfo.InvariantCulture);
        filled["members"] = string.Join(',', bundle.Content.Members.Select(member =>
            string.Create(CultureInfo.InvariantCulture, $"{member.Id}={member.Node}")));
        filled.TryAdd("listen", self.Client);
        filled.TryAdd("node-listen", self.Node);
        filled.TryAdd("advertise", self.Client);
        filled.TryAdd("data", Path.ChangeExtension(bundle.Path, ".data"));
        return filled;
    }
}
